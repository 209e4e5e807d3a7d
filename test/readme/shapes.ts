/**
 * A doc comment shows what is to be seen, and no more: a member of a class, a line of a handler, the rest of a chain. These are the places where
 * it may stand; it compiles if it does in one of them. `…` stands for what is left out.
 */
export const shapesOf = (example: string): Record<string, string> => {
  const code = example.replace(/\{ … \}/g, '{}').replace(/\/\* … \*\//g, '')
  const [members = '', body = ''] = code.split(/^\s*…\s*$/m)
  return {
    module: body === '' ? members : `${members}\n${body}`,
    members: `class Example extends Surroundings {\n${members}\nasync example() {\n${body}\n}}`,
    handler: `export async function handler(state: State, payload: Item, ctx: PeeperContext) {\n${code}\n}`,
    chain: `export const chain = Test.createTestingModule({})\n${code}`,
    decorator: `${code}\nclass Example {}`,
  }
}
