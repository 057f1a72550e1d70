//! What a browser makes of the report: everything visible, nothing beside the page, nothing run, nothing loaded.

use cjm_core::Language;
use cjm_core::report;

use crate::browser::{self, Page};
use crate::{hostile, nothing, options, restaurant};

/// Reads what is drawn. `outside` names elements that reach beyond the page and do not lie in a box that scrolls.
const DRAWN: &str = r#"
  const wide = document.documentElement.clientWidth;
  const name = e => e.tagName.toLowerCase() + '.' + (e.getAttribute('class') || '') + ': ' + e.textContent.slice(0, 40);
  const box = e => e.getBoundingClientRect();
  const all = q => [...document.querySelectorAll(q)];
  const hidden = e => getComputedStyle(e).clipPath !== 'none' || e.closest('thead') && getComputedStyle(e.closest('thead')).clipPath !== 'none';
  const draws = c => { const k = document.createElement('canvas'); k.width = k.height = 40; const g = k.getContext('2d');
    g.font = '32px ' + getComputedStyle(document.body).fontFamily; g.fillText(c, 2, 34); return k.toDataURL(); };
  return {
    lang: document.documentElement.lang,
    title: document.title,
    wide,
    scroll: document.documentElement.scrollWidth,
    outside: all('body *').filter(e => !e.closest('.drawing') && !hidden(e) && box(e).width > 0 && box(e).right > wide + 1).map(name),
    empty: all('h1,h2,h3,h4,caption,svg,p.big,td,th').filter(e => !hidden(e) && (box(e).width < 1 || box(e).height < 1)).map(name),
    silent: all('h1,h2,h3,h4,caption,dt,th').filter(e => !e.textContent.trim()).map(name),
    drawings: all('.drawing svg').map(e => [box(e).width, box(e).height]),
    bars: all('svg.bar').length,
    pains: all('.pain h3').map(e => e.textContent),
    headings: all('h1,h2,h3,h4').map(e => +e.tagName[1]),
    scopeless: all('th:not([scope])').length + all('table:not(:has(caption))').length,
    ids: all('[id]').map(e => e.id),
    broken_links: all('a').filter(a => !a.hash || !document.getElementById(a.hash.slice(1))).map(name),
    small_text: all('p,td,th,dd,dt,li,span').filter(e => e.textContent.trim() && parseFloat(getComputedStyle(e).fontSize) < 11).map(name),
    tofu: draws('旅') === draws('程'),
    loads: window.performance.getEntriesByType('resource').map(e => e.name),
  };
"#;

/// Reads what came of a payload: the names shown, and anything that could run or load.
const HELD: &str = r#"
  const all = q => [...document.querySelectorAll(q)];
  return {
    names: all('bdi').map(e => e.textContent),
    title: document.querySelector('title').textContent,
    foreign: all('script,iframe,object,embed,form,input,img,image,video,audio,source,base,math,template,use,animate,foreignObject,style:not(head style),link:not([rel=icon]),meta[http-equiv=refresh]').map(e => e.tagName),
    handlers: all('*').flatMap(e => e.getAttributeNames()).filter(a => a.startsWith('on') || a === 'style' || a === 'srcdoc'),
    urls: all('[href],[src]').map(e => e.getAttribute('href') || e.getAttribute('src')).filter(u => !u.startsWith('#') && u !== 'data:,'),
    loads: window.performance.getEntriesByType('resource').map(e => e.name),
    alerts: window.alerts || 0,
  };
"#;

#[test]
fn every_part_is_visible_and_fits_from_phone_to_desk() {
    let Some(chromium) = browser::chromium() else { return };
    let mut pages = Vec::new();
    let mut names = Vec::new();
    for (language, tag) in [(Language::En, "en"), (Language::Zh, "zh-CN")] {
        for (kind, tables) in [("full", restaurant::tables()), ("empty", nothing())] {
            let html = report::html(&restaurant::document(), &tables, &options(language)).unwrap();
            for width in [390, 820, 1280] {
                pages.push(Page { html: html.clone(), width });
                names.push((tag, kind, width));
            }
        }
    }
    let seen = browser::visit(&chromium, &pages, DRAWN);
    assert_eq!(seen.strange, Vec::<String>::new(), "the report asked for something");
    for (facts, (tag, kind, width)) in seen.facts.iter().zip(names) {
        let at = format!("{tag} {kind} {width}: {facts:#}");
        assert_eq!(facts["lang"], tag, "{at}");
        assert_eq!(facts["scroll"], facts["wide"], "{at}");
        for list in ["outside", "empty", "silent", "broken_links", "small_text", "loads"] {
            assert_eq!(facts[list].as_array().map(Vec::len), Some(0), "{list} of {at}");
        }
        assert_eq!(facts["scopeless"], 0, "{at}");
        assert_eq!(facts["tofu"], false, "no Chinese font is used: {at}");
        let mut ids: Vec<&str> = facts["ids"].as_array().unwrap().iter().filter_map(|i| i.as_str()).collect();
        let n_ids = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), n_ids, "two elements share an id: {at}");
        let levels: Vec<i64> =
            facts["headings"].as_array().unwrap().iter().filter_map(|h| h.as_i64()).collect();
        assert_eq!(levels.first(), Some(&1), "{at}");
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "a heading level is skipped: {at}");
        let drawings = facts["drawings"].as_array().unwrap();
        assert_eq!(drawings.len(), if kind == "full" { 2 } else { 1 }, "{at}");
        for drawing in drawings {
            assert!(drawing[0].as_f64() > Some(300.0) && drawing[1].as_f64() > Some(100.0), "{at}");
        }
        let pains = if kind == "full" { 3 } else { 0 };
        assert_eq!(facts["pains"].as_array().map(Vec::len), Some(pains), "{at}");
        assert_eq!(facts["bars"].as_u64() > Some(10), kind == "full", "{at}");
    }
}

/// 300 payloads in every text field, without the page's content security policy, so that the escaping stands alone.
#[test]
fn no_payload_runs_or_loads_and_each_is_shown_as_it_is() {
    let Some(chromium) = browser::chromium() else { return };
    let payloads = hostile::payloads();
    assert_eq!(payloads.len(), 300);
    let (mut pages, mut carried) = (Vec::new(), Vec::new());
    for p in &payloads {
        let html =
            report::html(&hostile::document(p), &hostile::tables(p), &hostile::options(p, Language::Zh))
                .unwrap();
        let policy =
            html.find("<meta http-equiv=\"Content-Security-Policy\"").expect("the page has a policy");
        let end = policy + html[policy..].find('>').unwrap() + 1;
        // a dialog would be counted
        let bare = format!(
            "{}<script>window.alert=window.confirm=window.prompt=()=>{{window.alerts=(window.alerts||0)+1}};document.currentScript.remove()</script>{}",
            &html[..policy],
            &html[end..]
        );
        carried.push(p);
        pages.push(Page { html: bare, width: 390 });
        // one in ten also as it is, policy and all
        if carried.len() % 10 == 1 {
            carried.push(p);
            pages.push(Page { html, width: 390 });
        }
    }
    let seen = browser::visit(&chromium, &pages, HELD);
    assert_eq!(seen.strange, Vec::<String>::new(), "a payload asked for something");
    for (facts, payload) in seen.facts.iter().zip(carried) {
        let at = format!("{payload:?}: {}", facts.to_string().chars().take(2_000).collect::<String>());
        for list in ["foreign", "handlers", "urls", "loads"] {
            assert_eq!(facts[list].as_array().map(Vec::len), Some(0), "{list} of {at}");
        }
        assert_eq!(facts["alerts"], 0, "{at}");
        let shown = hostile::shown(payload);
        let names: Vec<&str> = facts["names"].as_array().unwrap().iter().filter_map(|n| n.as_str()).collect();
        let others: Vec<&&str> = names.iter().filter(|n| **n != shown && **n != "hostile").collect();
        assert!(others.is_empty(), "{payload:?} is shown otherwise: {others:?}");
        assert!(names.len() > 60, "only {} names: {at}", names.len());
        assert!(facts["title"].as_str().unwrap().starts_with(&shown), "{at}");
    }
}

/// The probe itself: what gets through is seen.
#[test]
fn a_page_that_lets_a_payload_through_is_caught() {
    let Some(chromium) = browser::chromium() else { return };
    let body = r#"<!doctype html><title>x</title><bdi>x</bdi><script>window.alert=()=>{window.alerts=(window.alerts||0)+1}</script>
        <img src="http://leak.example/img.png" onerror="alert(1)"><script>alert(2);fetch('/leak/script')</script>"#;
    let seen = browser::visit(&chromium, &[Page { html: body.into(), width: 390 }], HELD);
    let [facts] = seen.facts.as_slice() else { panic!("one page, one set of facts") };
    assert!(seen.strange.iter().any(|r| r.starts_with("GET /leak/script")), "{:?}", seen.strange);
    assert!(seen.strange.iter().any(|r| r.starts_with("GET /img.png")), "{:?}", seen.strange);
    assert!(facts["alerts"].as_u64() >= Some(1), "{facts:#}");
    assert_eq!(facts["foreign"].as_array().map(Vec::len), Some(3), "{facts:#}");
    assert_eq!(facts["handlers"][0], "onerror", "{facts:#}");
}
