import { Module } from '@nestjs/common'
import { ProcessLab, ThreadLab } from './lab.server.js'

/** What each thread and process boots. */
@Module({ providers: [ThreadLab, ProcessLab] })
export class LabModule {}
