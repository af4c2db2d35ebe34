import { createPinia } from "pinia"
import { createApp } from "vue"
import App from "./App.vue"
import "./element.css"
import "./theme.css"
import "./accounts/accounts.css"

createApp(App).use(createPinia()).mount("#desk")
