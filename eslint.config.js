import eslint from '@eslint/js'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

const off = (...rules) => Object.fromEntries(rules.map(rule => [`@typescript-eslint/${rule}`, 'off']))

export default defineConfig(
  {
    ignores: [
      '**/node_modules/',
      '**/dist/',
      '.test/',
      '.bench/',
      'coverage/',
      'test/smoke/nest-11/', // another Nest: compiled and run by the smoke test, in its own folder
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Name what you export.' },
        { selector: 'TSEnumDeclaration', message: 'A union of literals says the same and costs nothing.' },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      // A handler may throw, and a caller is refused with, anything at all: it is passed on as it came.
      '@typescript-eslint/only-throw-error': [
        'error',
        { allowThrowingAny: false, allowThrowingUnknown: true, allowRethrowing: true },
      ],
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      ...off(
        'no-extraneous-class', // a Nest module is a class that may be empty
        'no-invalid-void-type', // `void | Outcome` is what a cast handler returns
        'no-unnecessary-type-parameters', // `noreply<R>()` carries the type of a reply to come
        'no-dynamic-delete', // state is plain data: its keys come and go
        'no-empty-function',
        'no-unnecessary-condition', // a field can change during a call or an `await`, which the rule does not see
        'non-nullable-type-assertion-style', // asks for `!`, which another rule forbids
        'prefer-nullish-coalescing', // `null` and `undefined` are two different states
      ),
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: off(
      'no-non-null-assertion',
      'only-throw-error', // a crash by a thrown string is a case to test
      'prefer-promise-reject-errors',
      'require-await', // an async handler that awaits nothing is a case to test
      'unbound-method',
      'no-confusing-void-expression',
    ),
  },
  {
    files: ['test/types/**/*.ts'],
    rules: off('no-unused-expressions', 'no-floating-promises', 'no-unused-vars'),
  },
  {
    files: ['sample/**/*.ts', 'bench/**/*.ts'],
    rules: off('require-await'),
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
      },
    },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs', globals: { require: 'readonly', module: 'writable' } },
  },
)
