import { testEndings } from './test-endings.js'

testEndings(0)
