// A Nest module alone, as an application has it.
export { AppModule } from './released.js'
