import { BadRequestException, Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common'

/** What somebody says, or is called. */
@Injectable()
export class TextPipe implements PipeTransform<unknown, string> {
  transform(given: unknown, { data = '' }: ArgumentMetadata): string {
    if (typeof given === 'string' && given.trim() !== '' && given.length <= 1_000) return given
    throw new BadRequestException(`${data} must be a text of 1 to 1000 characters`)
  }
}
