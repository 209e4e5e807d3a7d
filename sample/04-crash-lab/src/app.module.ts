import { Module } from '@nestjs/common'
import { PeeperModule } from 'nestjs-peeper'
import { LabController } from './lab.controller.js'
import { ProcessLab, ThreadLab } from './lab.server.js'
import { labs } from './lab.worker.js'

/** The labs are no providers here: their module is booted where they run. */
@Module({
  imports: [
    PeeperModule.forRoot({
      isolation: {
        entry: labs,
        threads: 1,
        deadline: 2_000,
        resourceLimits: { maxOldGenerationSizeMb: 128 },
      },
      init: { timeout: 30_000 },
    }),
    PeeperModule.forFeature([ThreadLab, ProcessLab]),
  ],
  controllers: [LabController],
})
export class AppModule {}
