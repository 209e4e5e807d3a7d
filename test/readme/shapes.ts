/**
 * A doc comment shows what is to be seen, and no more: a member of a class, a line of a handler, the rest of a chain. These are the places where
 * it may stand; it compiles if it does in one of them. `…` stands for what is left out.
 */
export const shapesOf = (example: string): Record<string, string> => {
  const code = example
    .replace(/class (\w+) implements (\w+) \{ … \}/g, 'interface $1 extends $2 {}\nclass $1 {}')
    .replace(/\{ … \}/g, '{}')
  const [members = '', body = ''] = code.split(/^\s*…\s*$/m)
  return {
    module: `${members}\n${body}`,
    members: `class Example { declare store: Store\n${members}\nasync example() {\n${body}\n}}`,
    handler: `export const handler = async (state: State, payload: Item, ctx: PeeperContext) => {\n${code}\n}`,
    chain: `export const chain = Test.createTestingModule({})\n${code}`,
    decorator: `${code}\nclass Example {}`,
  }
}
