// The player asks for one part of the video after the other, as fragmented mp4 whose
// times are the video's own, and hands them to Media Source Extensions. Where it seeks
// to what is not there yet, the next part begins at that time.
const video = document.getElementById('video'), busy = document.getElementById('busy'), say = document.getElementById('say')
const {path, length, audio, sound} = video.dataset
const duration = Number(length)
const Source = window.ManagedMediaSource || window.MediaSource

const partLength = 4 // seconds
const ahead = 24 // seconds that are kept ready
const behind = 60 // seconds that stay ready when they were played
const before = 0.1 // seconds that are asked for before a time, so that sound is there, too

const kinds = {h264: 'avc1.640028', av1: 'av01.0.08M.08'}
const plays = codecs => Source && Source.isTypeSupported(`video/mp4; codecs="${codecs}"`)

function tell(text, bad) {
  say.textContent = text
  say.hidden = !text
  say.classList.toggle('error', !!bad)
}

function wait(text) {
  busy.textContent = text
  busy.hidden = !text
}

const kind = Object.keys(kinds).find(k => plays(kinds[k]))
const withAudio = !!kind && !!audio && plays(`${kinds[kind]},${audio}`)
const session = [...crypto.getRandomValues(new Uint8Array(12))].map(b => b.toString(16).padStart(2, '0')).join('')

if (!Source) tell('This browser has no Media Source Extensions, which playback needs.', true)
else if (!kind) tell('This browser plays neither H.264 nor AV1 in mp4, and nothing else is sent.', true)
else {
  if (sound && !withAudio) tell(`Without sound: the browser does not play ${sound} in mp4, and audio is not coded anew.`)
  start()
}

function start() {
  const media = new Source()
  let buffer = null
  let run = null // what is loading: {from, at, end, stop}
  let seek = 0 // a timer, if the video was moved and run is not yet

  const done = (target, name) => new Promise(resolve => target.addEventListener(name, resolve, {once: true}))
  const settled = async () => { while (buffer?.updating) await done(buffer, 'updateend') }
  const alive = r => r === run
  const pause = (r, ms) => new Promise(resolve => {
    const t = setTimeout(resolve, ms)
    r.stop.signal.addEventListener('abort', () => { clearTimeout(t); resolve() })
    r.wake = () => { clearTimeout(t); resolve() }
  })

  // rangeAt is the buffered range that holds a time, or begins right after it.
  function rangeAt(t) {
    const list = buffer ? video.buffered : {length: 0}
    for (let i = 0; i < list.length; i++)
      if (list.start(i) <= t + 0.1 && t < list.end(i)) return {start: list.start(i), end: list.end(i)}
    return null
  }

  function load(from) {
    run?.stop.abort()
    run = {from, at: from, end: from, stop: new AbortController(), wake() {}}
    follow(run).catch(err => {
      if (err.name === 'AbortError') return
      wait('')
      tell(err.message, true)
      console.error(err)
    })
  }

  async function follow(r) {
    await settled()
    if (!alive(r)) return
    if (buffer && media.readyState === 'open') buffer.abort() // of a part that was given up
    for (let at = r.at.toFixed(9); alive(r);) {
      r.at = Number(at)
      const there = rangeAt(r.at)
      if (there && there.end - r.at > partLength / 2) { // from before a seek
        at = there.end.toFixed(9)
        r.end = there.end
        if (there.end < duration - 0.1) continue
        return finish(r)
      }
      while (alive(r) && r.at > video.currentTime + ahead) await pause(r, 1000)
      if (!alive(r)) return
      const next = await part(r, at)
      if (next === null) return finish(r)
      at = next
      await forget()
    }
  }

  // part loads one part and returns where the next one begins, null for the end.
  async function part(r, at) {
    const url = `/segment/${path}?t=${at}&d=${partLength}&video=${kind}&audio=${withAudio ? 1 : 0}&session=${session}`
    r.end = Number(at) + partLength
    if (video.readyState < 3) wait('transcoding …')
    const reply = await fetch(url, {signal: r.stop.signal})
    if (reply.status === 503 && reply.headers.has('Retry-After')) {
      wait('waiting: other videos are transcoded')
      await pause(r, 1000 * Number(reply.headers.get('Retry-After')))
      return at
    }
    if (reply.status === 416) return null
    if (!reply.ok) throw new Error(await reply.text())
    const get = name => reply.headers.get('Nvcodec-' + name)
    document.getElementById('decoder').textContent = get('Decoder')
    document.getElementById('encoder').textContent = get('Encoder')
    if (!alive(r)) return null
    if (!buffer) {
      const type = reply.headers.get('Content-Type')
      if (!Source.isTypeSupported(type)) throw new Error(`This browser does not play ${type}.`)
      buffer = media.addSourceBuffer(type)
    }
    r.end = Number(get('End'))
    for (const reader = reply.body.getReader(); ;) {
      const {done: over, value} = await reader.read()
      if (!alive(r)) return null
      if (over) break
      await append(r, value)
      jump()
    }
    wait('')
    r.at = r.end
    jump()
    return get('Last') === 'true' ? null : get('End')
  }

  async function append(r, bytes) {
    for (;;) {
      await settled()
      if (!alive(r)) return
      try {
        buffer.appendBuffer(bytes)
        await settled()
        if (video.error) throw new Error(`The browser cannot decode it: ${video.error.message}`)
        return
      } catch (err) {
        if (err.name !== 'QuotaExceededError') throw err
        await remove(0, video.currentTime - 5) // it is full: what was played goes
        await pause(r, 1000)
      }
    }
  }

  async function remove(from, to) {
    await settled()
    if (to <= from || media.readyState !== 'open') return
    buffer.remove(from, to)
    await settled()
  }

  const forget = () => remove(0, video.currentTime - behind)

  async function finish(r) {
    await settled()
    wait('')
    if (alive(r) && media.readyState === 'open') media.endOfStream()
  }

  // jump steps over a gap that nothing will fill: pictures may begin late, and sound may.
  function jump() {
    const list = video.buffered, t = video.currentTime
    if (seek || !run || run.from > t + 2 * before) return // it was not loaded from here
    for (let i = 0; i < list.length; i++) {
      if (list.start(i) <= t && t < list.end(i)) return
      if (list.start(i) > t && (list.start(i) - t < 0.5 || run.at > list.start(i))) {
        video.currentTime = list.start(i) + 0.001
        return
      }
    }
  }

  video.addEventListener('seeking', () => {
    clearTimeout(seek)
    seek = setTimeout(() => {
      seek = 0
      const t = Math.min(video.currentTime, Math.max(0, duration - 0.05))
      const there = rangeAt(t)
      if (run && !there && run.at <= t && t - run.at < 2 * before) return // it is coming
      if (there && run && there.end >= run.at - 0.3 && there.end <= run.end + 0.3) run.wake()
      else load(there ? there.end : Math.max(0, t - before))
    }, 60)
  })
  video.addEventListener('waiting', jump)
  video.addEventListener('timeupdate', () => { if (run && run.at < video.currentTime + ahead) run.wake() })
  video.addEventListener('error', () => tell(`The browser cannot play it: ${video.error?.message || 'unknown'}`, true))

  media.addEventListener('sourceopen', () => {
    media.duration = duration
    const t = fragment()
    load(Math.max(0, t - before))
    if (t > 0) video.currentTime = t
  }, {once: true})
  if (window.ManagedMediaSource) video.disableRemotePlayback = true
  video.src = URL.createObjectURL(media)
}

// #t=12.5 in the address is the time to begin at.
function fragment() {
  const m = /^#t=([0-9.]+)$/.exec(location.hash)
  return m ? Math.min(Number(m[1]), duration) : 0
}
addEventListener('hashchange', () => { video.currentTime = fragment() })

// The pictures of the contact sheet lead to their times.
const reply = await fetch('/info/' + path)
const info = await reply.json()
const sheet = document.getElementById('sheet')
for (const tile of info.tiles || []) {
  const b = document.createElement('button')
  b.type = 'button'
  b.setAttribute('aria-label', `Go to ${tile.t.toFixed(1)} seconds`)
  for (const [side, name] of [['x', 'left'], ['y', 'top'], ['w', 'width'], ['h', 'height']]) b.style[name] = 100 * tile[side] + '%'
  b.addEventListener('click', () => {
    video.currentTime = tile.t
    video.scrollIntoView({block: 'center', behavior: 'smooth'})
    video.play()
  })
  sheet.append(b)
}
sheet.hidden = !info.tiles
