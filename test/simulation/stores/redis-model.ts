import { createHash } from 'node:crypto';
import fengari from 'fengari';
import { COMMANDS } from './redis-commands.js';

const { lua, lauxlib, lualib } = fengari;
const text = (value: string) => fengari.to_luastring(value);

/**
 * Redis as the scripts of the inbox use it: hashes with a time to live, and their scripts themselves, run by Lua. It answers at
 * once, and its clock is whatever it is told.
 */
export class RedisModel {
  private readonly state = lauxlib.luaL_newstate();
  private readonly sources = new Map<string, string>();

  /** @param now in ms since 1970 */
  constructor(private readonly now: () => number) {
    lualib.luaL_openlibs(this.state);
    this.demand(lauxlib.luaL_dostring(this.state, text(COMMANDS)));
  }

  /** @throws Error as Redis refuses a script that it has not seen, and what a script replies as an error. */
  evalsha(sha: string, keys: number, ...given: readonly (string | number)[]): unknown {
    if (!this.sources.has(sha)) throw new Error('NOSCRIPT No matching script. Please use EVAL.');
    return this.call('evaluate', sha, given.slice(0, keys), given.slice(keys));
  }

  eval(source: string, keys: number, ...given: readonly (string | number)[]): unknown {
    const sha = createHash('sha1').update(source).digest('hex');
    if (!this.sources.has(sha)) {
      this.sources.set(sha, source);
      this.call('compile', sha, [], [source]);
    }
    return this.evalsha(sha, keys, ...given);
  }

  /** Runs a command by itself. */
  command(name: string, ...given: readonly (string | number)[]): unknown {
    return this.call('command', name, given.slice(0, 1), given.slice(1));
  }

  /** Forgets all keys; scripts stay known. */
  flush(): void {
    this.call('flush', '', [], []);
  }

  private call(name: string, subject: string, ...lists: readonly (readonly (string | number)[])[]): unknown {
    const { state } = this;
    lua.lua_getglobal(state, text(name));
    lua.lua_pushnumber(state, this.now());
    lua.lua_pushstring(state, text(subject));
    for (const list of lists) {
      lua.lua_createtable(state, list.length, 0);
      for (const [index, value] of list.entries()) {
        lua.lua_pushstring(state, text(String(value)));
        lua.lua_rawseti(state, -2, index + 1);
      }
    }
    this.demand(lua.lua_pcall(state, 2 + lists.length, 1, 0));
    const reply = lua.lua_tojsstring(state, -1);
    lua.lua_pop(state, 1);
    return read(reply);
  }

  private demand(status: number): void {
    if (status === 0) return;
    const message = lua.lua_tojsstring(this.state, -1);
    lua.lua_pop(this.state, 1);
    throw new Error(`the model of Redis failed: ${message}`);
  }
}

/** A reply as `COMMANDS` writes it. */
function read(reply: string): unknown {
  const kind = reply[0];
  const rest = reply.slice(1);
  if (kind === 'n') return null;
  if (kind === 'i') return Number(rest);
  if (kind === 's') return rest;
  if (kind === 'l') return rest === '' ? [] : rest.split('\u0001').map(read);
  throw new Error(rest);
}
