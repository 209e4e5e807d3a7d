import { type Context, type Server } from 'nestjs-peeper/engine'
import type { Conformance, StartOptions } from './fixture.js'

/** What a handler is to do, and what it is to return. */
export type Act = (ctx: Context, state: { n: number }) => unknown

/** A server that does what a test asks for, act by act. */
export interface Actor {
  readonly server: Server
  /** Calls it: the act runs in its turn. */
  act<R = unknown>(act: Act): Promise<R>
}

export const actor = async (suite: Conformance, options: Partial<StartOptions> = {}): Promise<Actor> => {
  const acts: Act[] = []
  const act = (state: { n: number }, _: unknown, ctx: Context): unknown => acts.shift()?.(ctx, state)
  const server = await suite.start({
    state: { n: 0 },
    ...options,
    callbacks: { call: { act }, ...options.callbacks },
  })
  return {
    server,
    act: <R>(what: Act) => {
      acts.push(what)
      return server.call('act') as Promise<R>
    },
  }
}
