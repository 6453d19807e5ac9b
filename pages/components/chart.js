// The browser half of chart.py. Streamlit calls the default export on every change of data or theme.

let loading = null; // the one Plotly of the page, shared by all charts
const charts = new WeakMap(); // node -> { wanted, drawn, width, observer }

// address: of Plotly, relative to where the app is
function loadPlotly(address) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(`../../${address}`, import.meta.url); // this module lies in components/DIGEST/
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      loading = null; // the next update tries again
      reject(new Error(`${address} could not be loaded`));
    };
    document.head.append(script);
  });
  return loading;
}

// The page's theme as a Plotly template: defaults that a figure may override.
function pageTemplate(node) {
  const style = getComputedStyle(node);
  const token = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const font = { family: token("font"), color: token("text-color"), size: 13 };
  const axis = {
    automargin: true,
    gridcolor: token("border-color"),
    linecolor: token("border-color"),
    zerolinecolor: token("border-color"),
  };
  return {
    layout: {
      font,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      colorway: token("chart-categorical-colors").split(","),
      hoverlabel: { bgcolor: token("secondary-background-color"), bordercolor: token("border-color"), font },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: token("gray-text-color"), activecolor: token("text-color") },
      xaxis: axis,
      yaxis: axis,
      legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom" },
      margin: { l: 8, r: 8, t: 32, b: 8 },
      // A finger that drags wants to scroll the page.
      dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
    },
  };
}

async function draw(Plotly, node, chart) {
  const template = pageTemplate(node);
  const content = chart.wanted.figure + JSON.stringify(template);
  if (content === chart.drawn) return;
  const { data, layout } = JSON.parse(chart.wanted.figure);
  await Plotly.react(
    node,
    data,
    { uirevision: "keep", autosize: true, ...layout, template }, // "keep": zoom and hidden traces outlive an update
    {
      displaylogo: false,
      modeBarButtons: [["toImage", "resetScale2d"]],
      showTips: false, // they would cover the page's header
      locale: "page",
      locales: { page: { dictionary: chart.wanted.dictionary, format: {} } },
    },
  );
  chart.drawn = content;
  chart.width = node.clientWidth;
  chart.observer ??= followWidth(Plotly, node, chart);
}

function followWidth(Plotly, node, chart) {
  const observer = new ResizeObserver(() => {
    if (node.clientWidth === 0 || node.clientWidth === chart.width) return; // hidden, or no news
    chart.width = node.clientWidth;
    Plotly.Plots.resize(node);
  });
  observer.observe(node);
  return observer;
}

export default function ({ data, parentElement }) {
  const node = parentElement.querySelector(".live-chart");
  const failure = parentElement.querySelector(".live-chart-failure");
  const chart = charts.get(node) ?? {};
  charts.set(node, chart);
  chart.wanted = data;
  node.setAttribute("aria-label", data.alt);
  node.style.height = `${data.height}px`;

  const report = (problem) => {
    failure.textContent = problem;
    failure.hidden = !problem;
    node.hidden = Boolean(problem);
  };
  loadPlotly(data.script)
    .then((Plotly) => {
      report("");
      return draw(Plotly, node, chart);
    })
    .catch((error) => {
      console.warn(error);
      report(data.failure);
    });

  return () => {
    if (node.isConnected) return; // Streamlit also calls this for an update that a newer one overtook
    chart.observer?.disconnect();
    window.Plotly?.purge(node);
  };
}
