// SPDX-License-Identifier: MIT
//
// What the program `coop` reads by itself: plans in TOML and JSON, what it made of one, the file of a run, and the
// folder of a sweep. The
// first byte says which; files are parted by a line "----".
#include <plan.hpp>
#include <results.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fuzz = coop::fuzz;
  fuzz::parts parts(fuzz::text_of(data, size));
  static const fuzz::private_folder folder;
  switch (parts.byte()) {
    case 't':
    case 'j': {
      const std::string name = data[0] == 't' ? "plan.toml" : "plan.json";
      const std::string path = folder.put(name, parts.rest());
      fuzz::is_read(size, [&] {
        const app::plan plan = app::read_plan(path);
        for (const app::planned_run& run : plan.runs) {
          fuzz::expect(run.data < plan.data.size() && !run.id.empty(), "a run of no data");
          static_cast<void>(app::decisions_of(plan, run, "weights"));
        }
        const coop::json mine = app::to_json(plan);
        app::expect_same_experiment(mine, mine, "plan.json");
      });
      break;
    }
    case 'd':
      fuzz::is_read(size, [&] {
        const coop::json mine = {{"protocol", "p"}, {"weights", "w"}, {"words", {{"a", "b"}}}};
        app::expect_same_experiment(coop::parse_json(parts.rest(), "plan.json"), mine, "plan.json");
      });
      break;
    case 'r':
      fuzz::is_read(size, [&] {
        const app::run_result run = app::parse_run(std::string(parts.rest()), "run.json");
        fuzz::expect(run.total > 0 && run.correct <= run.total, "counts");
      });
      break;
    default: {
      folder.put("plan.json", parts.part());
      folder.put("runs/1.json", parts.part());
      const std::string second = folder.put("runs/2.json", parts.rest());
      if (parts.rest().empty()) std::filesystem::remove(second);
      fuzz::is_read(size, [&] {
        const app::sweep_results sweep = app::read_sweep(folder.path());
        static_cast<void>(app::accuracies_of(sweep));
      });
    }
  }
  return 0;
}
