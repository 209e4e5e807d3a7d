import { afterAll, describe, test } from '@jest/globals'
import { PrivateServer, type Recipe } from './private-server.js'

/** A kind of server that tests need. */
export interface StoreServer {
  readonly name: string
  /** The environment variable that says where one is. */
  readonly variable: string
  /** Where one is when nobody has said anything. */
  readonly usual: string
  readonly answers: (url: string) => Promise<boolean>
  /** How one is run here; `undefined` if it is not installed. */
  readonly recipe: () => Recipe | undefined
  /** What to do when there is none. */
  readonly cure: string
}

/**
 * The url of a server: the one the environment names, or else one on its usual port, or else one that is started and ends with the tests of this
 * file. `undefined` if there is none to be had, which is said aloud; where `CI` is set it is an error.
 */
export const foundOrStarted = async (kind: StoreServer): Promise<string | undefined> => {
  const { name, variable, usual, answers } = kind
  const said = process.env[variable]
  if (said !== undefined && said !== '') {
    if (await answers(said)) return said
    throw new Error(`${variable} is ${said}, where no ${name} answers.`)
  }
  if (await answers(usual)) return usual
  return (await privateServer(kind))?.url
}

/** A server of this test file alone, which it may stop and kill; it ends with it. */
export const privateServer = async (kind: StoreServer): Promise<PrivateServer | undefined> => {
  const recipe = kind.recipe()
  if (recipe === undefined) return missing(kind)
  const server = await PrivateServer.start(recipe)
  afterAll(() => server.remove())
  return server
}

const missing = ({ name, cure }: StoreServer): undefined => {
  const message = `There is no ${name} for the tests: ${cure}`
  if (process.env.CI !== undefined && process.env.CI !== '' && process.env.CI !== 'false')
    throw new Error(message)
  process.stderr.write(`\n*** ${message}\n*** Its tests are skipped.\n\n`)
  return undefined
}

/** A suite that needs a server: skipped if there is none. */
export const describeWith = <T>(server: T | undefined, name: string, suite: (server: T) => void): void => {
  if (server !== undefined)
    describe(name, () => {
      suite(server)
    })
  else
    describe.skip(name, () => {
      test('needs a server', () => undefined)
    })
}
