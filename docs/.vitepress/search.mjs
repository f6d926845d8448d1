// The site's search: words of a question that say nothing are left out, guides come before the API reference.

export const search = {
  provider: 'local',
  options: {
    locales: { 'zh-Hant': { translations: { button: { buttonText: '搜尋', buttonAriaLabel: '搜尋' } } } },
    miniSearch: {
      options: {
        // Runs in the browser, by its text: it uses nothing from outside.
        processTerm: (term) => {
          const word = term.toLowerCase();
          const filler =
            /^(a|an|and|are|as|at|be|by|can|do|does|for|from|how|i|in|is|it|its|my|of|on|or|should|so|that|the|this|to|we|what|when|where|which|why|with|you|your)$/;
          return filler.test(word) ? null : word;
        },
      },
      searchOptions: {
        fuzzy: 0.15,
        prefix: true,
        boost: { title: 4, text: 2, titles: 2 },
        boostDocument: (id) => (id.includes('/api/') ? 0.2 : 1),
      },
    },
  },
};
