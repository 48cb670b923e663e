document.documentElement.dataset.script = "";
import "htmx.org";
