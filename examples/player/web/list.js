// Facts and pictures come when a card is seen, and are given up when it is not any more.
const clock = s => {
  s = Math.round(s)
  const two = n => String(n).padStart(2, '0')
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`
}

const span = (text, name = '') => Object.assign(document.createElement('span'), {textContent: text, className: name})

async function load(card) {
  const stop = new AbortController()
  card.stop = stop
  card.classList.add('loading')
  try {
    const reply = await fetch('/info/' + card.dataset.path, {signal: stop.signal})
    const info = await reply.json()
    card.done = true
    if (info.error) broken(card, info.error)
    else fill(card, info)
  } catch (err) {
    if (err.name !== 'AbortError') {
      card.done = true
      broken(card, 'The player does not answer: ' + err.message)
    }
  } finally {
    if (card.stop === stop) card.classList.remove('loading')
  }
}

function fill(card, info) {
  const $ = s => card.querySelector(s)
  const thumb = $('.thumb')
  thumb.src = '/thumb/' + card.dataset.path
  thumb.hidden = false
  $('.length').textContent = clock(info.duration)
  const facts = [info.codec, `${info.width}×${info.height}`]
  if (info.fps) facts.push(`${+info.fps.toPrecision(4)} fps${info.variable ? ', variable' : ''}`)
  if (info.audio) facts.push(info.audio)
  $('.facts').prepend(...facts.map(f => span(f)))
  $('.marks').append(...(info.marks || []).map(m => span(m.replaceAll('_', ' '), m.startsWith('HDR') ? 'hdr' : '')))
  $('.engine').textContent = `${info.device}: ${info.reason}`
  $('.engine').title = $('.engine').textContent
  const more = $('.more')
  more.hidden = false
  more.addEventListener('click', () => enlarge(card, more))
  hover(card)
}

function broken(card, text) {
  card.classList.add('broken')
  const p = Object.assign(document.createElement('p'), {className: 'error', textContent: text})
  card.querySelector('.engine').replaceWith(p)
}

// hover shows the contact sheet in place of the picture.
function hover(card) {
  const shot = card.querySelector('.shot'), over = card.querySelector('.over')
  let timer = 0
  shot.addEventListener('pointerenter', e => {
    if (e.pointerType === 'touch') return
    timer = setTimeout(() => {
      over.onload = () => { over.hidden = !timer }
      over.src = '/sheet/' + card.dataset.path
    }, 250)
  })
  shot.addEventListener('pointerleave', () => {
    clearTimeout(timer)
    timer = 0
    over.hidden = true
    if (!over.complete) over.removeAttribute('src') // it is not waited for any more
  })
}

function enlarge(card, button) {
  const dialog = document.getElementById('sheet'), img = dialog.querySelector('img')
  dialog.querySelector('h2').textContent = card.dataset.name
  img.src = '/sheet/' + card.dataset.path
  img.alt = 'Pictures from all over ' + card.dataset.name
  button.setAttribute('aria-expanded', 'true')
  dialog.onclose = () => {
    button.setAttribute('aria-expanded', 'false')
    img.removeAttribute('src')
  }
  dialog.onclick = e => { if (e.target === dialog) dialog.close() }
  dialog.showModal()
}

const seen = new IntersectionObserver(entries => {
  for (const {target: card, isIntersecting} of entries) {
    if (card.done) seen.unobserve(card)
    else if (isIntersecting && !card.stop) load(card)
    else if (!isIntersecting && card.stop) {
      card.stop.abort()
      card.stop = null
      card.classList.remove('loading')
    }
  }
}, {rootMargin: '200px'})

const cards = [...document.querySelectorAll('.card')]
for (const card of cards) seen.observe(card)

const filter = document.getElementById('filter'), count = document.getElementById('count')
const all = count.textContent
filter.addEventListener('input', () => {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean)
  let n = 0
  for (const card of cards) {
    const name = card.dataset.name.toLowerCase()
    card.hidden = !words.every(w => name.includes(w))
    if (!card.hidden) n++
  }
  count.textContent = words.length ? `${n} of ${all}` : all
})
