import { HttpException, Module } from '@nestjs/common'
import {
  CodeChange,
  HandleCall,
  HandleCast,
  HandleContinue,
  HandleInfo,
  InjectPeeper,
  PeeperListener,
  PeeperModule,
  PeeperServer,
  memoryKeeper,
  type Listener,
  type ListenerMeta,
  type PeeperClient,
} from 'nestjs-peeper'

@PeeperListener('counter')
class Ear implements Listener<number> {
  onStateChanged(_old: number, _next: number, _meta: ListenerMeta): void {}
}

@PeeperServer({ listener: Ear, restart: 'transient', shutdown: 'brutal_kill', refuses: [HttpException] })
class Counter {
  @HandleCall() read(state: number): number {
    return state
  }
  @HandleCall('*') protected any() {}
  @HandleCast('*') private rest() {
    return this.rest
  }
  @HandleInfo('anything at all') protected info() {}
  @HandleContinue() protected next() {}

  @CodeChange() protected upgrade() {}
  @CodeChange({ from: 1 }) protected first() {}

  // @ts-expect-error a step says where it leads from
  @CodeChange({}) protected nowhere() {}
  // @ts-expect-error a version is a number
  @CodeChange({ from: '1' }) protected text() {}
  // @ts-expect-error a step leads to the next version
  @CodeChange({ from: 1, to: 3 }) protected far() {}
  // @ts-expect-error a call has the name of its method
  @HandleCall('other') renamed() {}
  // @ts-expect-error a cast has the name of its method
  @HandleCast('other') renamedToo() {}
  // @ts-expect-error a continue has the name of its method
  @HandleContinue('other') renamedThree() {}
  // @ts-expect-error a field is no method
  @HandleCall() field = 1
}

// @ts-expect-error no option of that name
@PeeperServer({ nme: 'x' })
class Misspelt {}

// @ts-expect-error no such restart type
@PeeperServer({ restart: 'sometimes' })
class Sometimes {}

class User {
  constructor(@InjectPeeper(Counter) readonly counter: PeeperClient<Counter>) {}
  @InjectPeeper('counter') readonly again!: PeeperClient<Counter>
}

@Module({
  imports: [
    PeeperModule.forRoot(),
    PeeperModule.forRoot({ keeper: memoryKeeper(), listener: [Ear, { onTerminate: () => undefined }] }),
    PeeperModule.forRootAsync({ inject: [User], useFactory: (_user: User) => ({ maxRestarts: 3 }) }),
    PeeperModule.forFeature([Counter, Misspelt, Sometimes]),
    // @ts-expect-error a name is no class
    PeeperModule.forFeature(['counter']),
    // @ts-expect-error no such option
    PeeperModule.forRoot({ keper: memoryKeeper() }),
  ],
})
export class AppModule {}
