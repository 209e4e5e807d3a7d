// The one name of rxjs that the rest of the engine says.
export type { Observable } from 'rxjs'
