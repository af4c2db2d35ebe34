import vue from "@vitejs/plugin-vue"
import { defineConfig } from "vitest/config"

// The desk's server allows no inline scripts and styles: everything becomes a file of its own.
export default defineConfig({
  plugins: [vue()],
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 1000 },
  test: { include: ["tests/**/*.test.ts"] },
})
