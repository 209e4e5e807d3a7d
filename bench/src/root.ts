import { fileURLToPath } from 'node:url'

/** The clone's folder. This is compiled into .bench/, beside bench/. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))
