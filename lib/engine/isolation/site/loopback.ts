import { Host } from '../host.js'
import type { OpenSite } from './site.js'

/**
 * Isolated servers in this very thread: everything crosses the border as it does to another one, as bytes, and is debugged and counted as what is
 * here. It isolates from nothing. For tests; give it as `isolation: { site: loopback }`.
 */
export const loopback: OpenSite = (told, hosted, contexts) => {
  let isOpen = true
  const later = (work: () => void): void => {
    queueMicrotask(() => {
      if (isOpen) work()
    })
  }
  const host = new Host(
    (bytes, moved) => {
      const own = new Uint8Array(bytes)
      later(() => {
        told.came(own, moved)
      })
    },
    true,
    contexts,
  )
  host.serve(hosted)
  return {
    post: (bytes, moved) => {
      const own = new Uint8Array(bytes)
      later(() => {
        host.receive(own, moved)
      })
    },
    kill: () => {
      isOpen = false
      host.end()
      return Promise.resolve()
    },
  }
}
