type Part = string | Buffer

/** What is asked of a client: one of the package `ioredis`, or a cluster of it, has it. */
export interface RedisClient {
  call(command: string, args: Part[]): Promise<unknown>
  evalsha(sha: string, keys: number, args: Part[]): Promise<unknown>
  eval(script: string, keys: number, args: Part[]): Promise<unknown>
}

/** What else it has, though its types do not say so: texts come back as bytes. */
export interface BytesClient extends RedisClient {
  evalshaBuffer: RedisClient['evalsha']
  evalBuffer: RedisClient['eval']
}
