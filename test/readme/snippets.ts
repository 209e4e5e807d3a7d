import { readFileSync, readdirSync } from 'node:fs'
import ts from 'typescript'

/** A piece of code out of a document or a doc comment. */
export interface Snippet {
  /** `README.md:12`: where its first line stands. */
  readonly where: string
  readonly code: string
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

/** Every block of TypeScript in a Markdown file. */
export const blocksOf = (path: string): Snippet[] => {
  const text = readFileSync(path, 'utf8')
  return [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map(({ index, 1: code = '' }) => ({
    where: `${path}:${lineAt(text, index) + 1}`,
    code,
  }))
}

/** The languages of all fenced blocks of a Markdown file. */
export const languagesOf = (path: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(/^```(.*)\n[^]*?^```$/gm)].map(([, language = '']) => language)

/** The links of a Markdown file to other files of the repository, and to headings. */
export const linksOf = (path: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link = '']) => link)

/** What the headings of a Markdown file are linked by. */
export const anchorsOf = (path: string): string[] =>
  [
    ...readFileSync(path, 'utf8')
      .replace(/^```[^]*?^```$/gm, '')
      .matchAll(/^#+ (.*)$/gm),
  ].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )

const markdownIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter(name => name.endsWith('.md'))
    .map(name => `${folder}/${name}`)
    .sort()

/** Folders of documents. `docs/decisions` holds records, not instructions. */
const FOLDERS = [
  'docs',
  'docs/guide',
  ...readdirSync('sample', { withFileTypes: true })
    .filter(each => each.isDirectory())
    .map(({ name }) => `sample/${name}`)
    .sort(),
]

/** The documents: `README.md` and its like, and what is in {@link FOLDERS}. */
export const documents = (): string[] => [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...FOLDERS.flatMap(markdownIn),
]

/** Every `@example` in the doc comments of a source file. */
const examplesOf = (path: string): Snippet[] => {
  const text = readFileSync(path, 'utf8')
  return [...text.matchAll(/\/\*\*[^]*?\*\//g)].flatMap(({ index, 0: comment }) => {
    const lines = comment.split('\n').map(line => line.replace(/^\s*(\/\*\*|\*\/|\* ?)|\s*\*\/$/g, ''))
    const first = lines.findIndex(line => line.startsWith('@example'))
    if (first < 0) return []
    const after = lines.slice(first + 1)
    const end = after.findIndex(line => /^@(throws|param|returns|see|internal)\b/.test(line))
    const code = after.slice(0, end < 0 ? undefined : end).join('\n')
    return [{ where: `${path}:${lineAt(text, index) + first + 1}`, code }]
  })
}

/** Every `@example` of the library. */
export const examples = (): Snippet[] =>
  readdirSync('lib', { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => `lib/${name.replaceAll('\\', '/')}`)
    .sort()
    .flatMap(examplesOf)

/** A program is run; what only declares things is compiled. */
export const isProgram = ({ code }: Snippet): boolean =>
  ts
    .createSourceFile('block.ts', code, ts.ScriptTarget.Latest)
    .statements.some(statement => !ts.isDeclarationStatement(statement))
