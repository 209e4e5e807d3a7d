import { BadRequestException, Controller, Get, Param, Post } from '@nestjs/common'
import { InjectPeeper, ServerExitedError, WorkerLostError, type PeeperClient } from 'nestjs-peeper'
import { ProcessLab, ThreadLab, type Notes } from './lab.server.js'

type Shown = Notes & { readonly worker: number }
interface Crash {
  readonly crashed: string
  readonly how: string
}

const ORDINARY = ['throw', 'loop', 'regex', 'exit', 'timer', 'rejection', 'memory', 'abort'] as const
const OF_A_PROCESS = ['array', 'kill', 'segfault'] as const
const PATIENT = { timeout: Infinity }

@Controller()
export class LabController {
  constructor(
    @InjectPeeper(ThreadLab) private readonly thread: PeeperClient<ThreadLab>,
    @InjectPeeper(ProcessLab) private readonly process: PeeperClient<ProcessLab>,
  ) {}

  /** As last committed, and which worker it is. It is known here, whatever the labs are doing. */
  @Get('state')
  state(): { readonly thread: Shown; readonly process: Shown } {
    return { thread: shown(this.thread), process: shown(this.process) }
  }

  @Post('thread')
  async inThread(): Promise<{ readonly experiments: number }> {
    return { experiments: await this.thread.call('experiment', undefined, PATIENT) }
  }

  @Post('process')
  async inProcess(): Promise<{ readonly experiments: number }> {
    return { experiments: await this.process.call('experiment', undefined, PATIENT) }
  }

  @Post('thread/:crash')
  crashThread(@Param('crash') crash: string): Promise<Crash> {
    if (isOne(OF_A_PROCESS, crash))
      throw new BadRequestException(`${crash} would end this process with the thread: try it in /process`)
    if (!isOne(ORDINARY, crash)) throw unknown(crash)
    return watched(crash, this.thread.call(crash, undefined, PATIENT))
  }

  @Post('process/:crash')
  crashProcess(@Param('crash') crash: string): Promise<Crash> {
    if (!isOne([...ORDINARY, ...OF_A_PROCESS], crash)) throw unknown(crash)
    return watched(crash, this.process.call(crash, undefined, PATIENT))
  }
}

const shown = (lab: PeeperClient<ThreadLab> | PeeperClient<ProcessLab>): Shown => {
  const { state, worker } = lab.status()
  return { ...(state as Notes), worker }
}

/** What its caller is told. */
const watched = async (crashed: string, call: Promise<unknown>): Promise<Crash> => {
  try {
    await call
    return { crashed, how: 'it did not' }
  } catch (error) {
    if (!(error instanceof ServerExitedError)) throw error
    return { crashed, how: error.reason instanceof WorkerLostError ? error.reason.how : 'an error' }
  }
}

const isOne = <T extends string>(all: readonly T[], one: string): one is T =>
  (all as readonly string[]).includes(one)

const unknown = (crash: string): BadRequestException =>
  new BadRequestException(
    `no crash is called '${crash}'; there are ${[...ORDINARY, ...OF_A_PROCESS].join(', ')}`,
  )
