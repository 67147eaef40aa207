// SPDX-License-Identifier: MIT
//
// Workspaces lent to the calls of a const tower: as many exist as calls ran at the same time, and each is
// used again. Fresh memory a call would cost a page fault every four kilobytes, which shows when pictures
// come one by one.
#ifndef COOP_CLIP_WORKSPACE_POOL_HPP
#define COOP_CLIP_WORKSPACE_POOL_HPP

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace coop {

/// Lends workspaces of type W to concurrent calls. Moves with its owner; loans must not outlive it.
template <class W>
class workspace_pool {
  struct shelf {
    std::mutex mutex;
    std::vector<std::unique_ptr<W>> idle;
    std::size_t existing = 0;
  };

 public:
  /// A workspace for as long as the loan lives.
  class loan {
   public:
    /// Lends `w`, which goes back to `from`.
    loan(shelf& from, std::unique_ptr<W> w) : from_(&from), workspace_(std::move(w)) {}
    loan(const loan&) = delete;
    loan& operator=(const loan&) = delete;
    ~loan() {
      const std::lock_guard lock(from_->mutex);
      from_->idle.push_back(std::move(workspace_));  // room was made when the loan began: nothing throws here
    }

    /// What is lent.
    W& operator*() const { return *workspace_; }
    W* operator->() const { return workspace_.get(); }

   private:
    shelf* from_;
    std::unique_ptr<W> workspace_;
  };

  workspace_pool() : shelf_(std::make_unique<shelf>()) {}

  /// An idle workspace, or a fresh empty one.
  [[nodiscard]] loan lend() const {
    std::unique_ptr<W> workspace;
    {
      const std::lock_guard lock(shelf_->mutex);
      if (!shelf_->idle.empty()) {
        workspace = std::move(shelf_->idle.back());
        shelf_->idle.pop_back();
      }
    }
    if (!workspace) {
      workspace = std::make_unique<W>();
      const std::lock_guard lock(shelf_->mutex);
      shelf_->idle.reserve(++shelf_->existing);
    }
    return loan(*shelf_, std::move(workspace));
  }

 private:
  std::unique_ptr<shelf> shelf_;
};

}  // namespace coop

#endif
