import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'

/** Reads Server-Sent Events, one at a time. */
export class ServerSentEvents {
  private constructor(private readonly response: AsyncIterator<string>) {}

  static async of(url: string): Promise<ServerSentEvents> {
    const request = get(url, { agent: false }) // closes its connection when the events end
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    return new ServerSentEvents(response.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterator<string>)
  }

  private read = ''

  /** The data of the next event. */
  async next(): Promise<unknown> {
    for (;;) {
      const [event, data] = /^data: (.*)\n\n/m.exec(this.read) ?? []
      if (event !== undefined && data !== undefined) {
        this.read = this.read.slice(this.read.indexOf(event) + event.length)
        return JSON.parse(data)
      }
      if (!(await this.more())) throw new Error('the events have ended')
    }
  }

  /** Resolves when they have ended. */
  async end(): Promise<void> {
    while (await this.more());
  }

  private async more(): Promise<boolean> {
    const next = await this.response.next()
    if (next.done !== true) this.read += next.value
    return next.done !== true
  }
}
