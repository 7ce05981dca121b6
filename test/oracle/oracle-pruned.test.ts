import { testEndings } from './test-endings.js'

testEndings(2, { isPruned: true })
