/** What is asked of a client: one of the package `ioredis` has it. */
export interface RedisClient {
  /** Sends a command; texts come back as strings. */
  call(command: string, args: (string | Buffer)[]): Promise<unknown>
  /** Sends a command; texts come back as bytes. */
  callBuffer(command: string, args: (string | Buffer)[]): Promise<unknown>
}
