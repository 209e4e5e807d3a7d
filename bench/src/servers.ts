import { connect } from 'node:net'
import type { Row, Server } from './row.js'

const PORTS: Readonly<Record<string, number>> = { 'postgres:': 5432, 'postgresql:': 5432, 'redis:': 6379 }
const PATIENCE = 5_000 // a machine that is being measured may be slow

const isThere = ({ url }: Server): Promise<boolean> =>
  new Promise(resolve => {
    const { protocol, hostname, port } = new URL(url)
    const socket = connect(port === '' ? (PORTS[protocol] ?? 0) : Number(port), hostname)
    const end = (found: boolean) => (): void => {
      socket.destroy()
      resolve(found)
    }
    socket.once('connect', end(true)).once('error', end(false)).setTimeout(PATIENCE, end(false))
  })

/** The rows whose servers are there; of the others, what is missing is told. */
export const measurable = async (rows: readonly Row[], tell: (line: string) => void): Promise<Row[]> => {
  const found: Row[] = []
  for (const row of rows) {
    const { server } = row
    if (server === undefined || (await isThere(server))) found.push(row)
    else
      tell(
        `row ${row.row} is left out: there is no ${server.name} at ${server.url} (${server.variable} says where one is)`,
      )
  }
  return found
}
