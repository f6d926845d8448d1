declare module 'fengari' {
  type State = object;
  type LuaString = Uint8Array;
  const fengari: {
    to_luastring(text: string): LuaString;
    lauxlib: {
      luaL_newstate(): State;
      luaL_dostring(state: State, source: LuaString): number;
    };
    lualib: { luaL_openlibs(state: State): void };
    lua: {
      lua_getglobal(state: State, name: LuaString): number;
      lua_pushnumber(state: State, value: number): void;
      lua_pushstring(state: State, value: LuaString): void;
      lua_createtable(state: State, items: number, fields: number): void;
      lua_rawseti(state: State, index: number, at: number): void;
      lua_pcall(state: State, given: number, results: number, handler: number): number;
      lua_tojsstring(state: State, index: number): string;
      lua_pop(state: State, count: number): void;
    };
  };
  export default fengari;
}
