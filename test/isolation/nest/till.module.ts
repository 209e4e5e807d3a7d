import { HandleCall, PeeperServer } from 'nestjs-peeper'
import { Module } from '@nestjs/common'

export class Money {
  constructor(readonly cents: number) {}

  plus(other: Money): Money {
    return new Money(this.cents + other.cents)
  }
}

/** Refuses, as an application's own error. */
export class NoDeal extends Error {
  constructor(
    message: string,
    readonly least: Money,
  ) {
    super(message)
  }
}

@PeeperServer({ name: 'till', isolation: 'thread', state: { sum: new Money(0) } })
export class Till {
  @HandleCall() pay(state: { sum: Money }, money: Money): Money {
    if (money.cents < 1) throw new NoDeal('too little', new Money(1))
    return (state.sum = state.sum.plus(money))
  }
}

@Module({ providers: [Till] })
export class TillModule {}
