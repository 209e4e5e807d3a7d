import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How a server is run that is of a test alone. */
export interface Recipe {
  readonly url: (port: number) => string
  readonly answers: (url: string) => Promise<boolean>
  /** Makes ready an empty folder, once. */
  readonly prepare?: (folder: string, user: User) => Promise<void>
  readonly command: (folder: string, port: number) => readonly [string, ...string[]]
  /** What tells it to end. Default SIGTERM. */
  readonly ending?: NodeJS.Signals
}

/** As whom a server runs; nothing where that is not for us to say. */
export type User = { readonly uid: number; readonly gid: number } | Record<string, never>

const PATIENCE = 20_000
const GLANCE = 20

/** A server on a free port, in a folder of its own. A test may end, kill, halt and start it again as it likes. */
export class PrivateServer {
  private constructor(
    private readonly recipe: Recipe,
    private readonly folder: string,
    private readonly port: number,
    private readonly user: User,
    private child?: ChildProcess,
  ) {}

  get url(): string {
    return this.recipe.url(this.port)
  }

  static async start(recipe: Recipe): Promise<PrivateServer> {
    const user = ordinaryUser()
    const folder = mkdtempSync(join(tmpdir(), 'peeper-store-'))
    if (user.uid !== undefined) chownSync(folder, user.uid, user.gid)
    const server = new PrivateServer(recipe, folder, await freePort(), user)
    try {
      await recipe.prepare?.(folder, user)
      await server.start()
    } catch (error) {
      await server.remove()
      throw error
    }
    return server
  }

  /** Starts it where it was. */
  async start(): Promise<void> {
    const [command, ...args] = this.recipe.command(this.folder, this.port)
    let said = ''
    const child = spawn(command, args, { ...this.user, cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => (said = (said + part.toString()).slice(-2_000)))
    child.on('error', error => (said += String(error)))
    this.child = child
    for (let waited = 0; !(await this.recipe.answers(this.url)); waited += GLANCE) {
      if (child.pid === undefined || child.exitCode !== null || waited > PATIENCE)
        throw new Error(`${command} does not answer: ${said}`)
      await new Promise(resolve => setTimeout(resolve, GLANCE))
    }
  }

  /** Ends it as an administrator does. */
  stop(): Promise<void> {
    return this.end(child => child.kill(this.recipe.ending ?? 'SIGTERM'))
  }

  /** Ends it, and all it has started, with SIGKILL. */
  kill(): Promise<void> {
    return this.end(() => {
      this.signal('SIGKILL')
    })
  }

  /** It answers nobody any more, and closes no connection. */
  halt(): void {
    this.signal('SIGSTOP')
  }

  resume(): void {
    this.signal('SIGCONT')
  }

  /** Ends it, with all it has stored. */
  async remove(): Promise<void> {
    this.resume()
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  private async end(end: (child: ChildProcess) => void): Promise<void> {
    const { child } = this
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    end(child)
    await ended
  }

  // The server first: then nothing is started behind our back.
  private signal(signal: NodeJS.Signals): void {
    const pid = this.child?.pid
    if (pid === undefined || this.child?.exitCode !== null || this.child.signalCode !== null) return
    const children = childrenOf(pid)
    for (const each of [pid, ...children])
      try {
        process.kill(each, signal)
      } catch {
        // it has ended meanwhile
      }
  }
}

const childrenOf = (parent: number): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter(pid => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent
      } catch {
        return false
      }
    })

/** Servers refuse to run as root. */
const ordinaryUser = (): User => {
  if (process.getuid?.() !== 0) return {}
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'))
  const found = ['postgres', 'redis', 'nobody'].flatMap(name => users.filter(([each]) => each === name))[0]
  return found === undefined ? {} : { uid: Number(found[2]), gid: Number(found[3]) }
}

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
