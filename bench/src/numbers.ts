import type { Unit } from './row.js'

/** A whole number, in groups of three digits. */
export const count = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ')

/** About three digits of it. */
export const digits = (value: number): string => {
  const places = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toFixed(places)
}

/** A figure with its unit. */
export const figureText = (figure: number, unit: Unit): string => {
  if (unit === 'bytes') return `${count(figure)} B`
  if (unit === 'requests/s' || unit === '/s') return `${count(figure)}/s`
  const ns = Math.abs(figure)
  if (ns < 1_000) return `${digits(figure)} ns`
  return ns < 1_000_000 ? `${digits(figure / 1_000)} µs` : `${digits(figure / 1_000_000)} ms`
}
