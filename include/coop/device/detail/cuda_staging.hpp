// SPDX-License-Identifier: MIT
//
// Crossings of a GPU (device/staging.hpp): the host's memory is pinned, so that copies need no thread, and what goes up
// has a stream of its own beside the one that computes. Events keep the two in order where they meet.
#ifndef COOP_DEVICE_DETAIL_CUDA_STAGING_HPP
#define COOP_DEVICE_DETAIL_CUDA_STAGING_HPP

#include <coop/device/detail/cuda_context.hpp>
#include <coop/tensor/view.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace coop::detail {

/// Pinned memory, lent by a context.
template <class T>
class cuda_pinned {
  static_assert(std::is_trivially_copyable_v<T>, "coop: buffers hold plain numbers");

 public:
  cuda_pinned(std::shared_ptr<cuda_context> context, std::size_t n) {
    const auto [memory, bytes] = context->take_pinned(n * sizeof(T));
    data_ = {static_cast<T*>(memory), release{std::move(context), bytes}};
  }
  [[nodiscard]] T* data() const { return data_.get(); }

 private:
  struct release {
    std::shared_ptr<cuda_context> context;
    std::size_t bytes = 0;
    void operator()(T* p) const { context->give_pinned(p, bytes); }
  };
  std::unique_ptr<T, release> data_;
};

/// A place in a stream's work, which others wait for.
class cuda_mark {
 public:
  cuda_mark() {
    cudaEvent_t event = nullptr;
    check_cuda(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "cudaEventCreateWithFlags");
    event_.reset(event);
  }
  /// The mark is behind everything that was asked of the stream so far.
  void set(cudaStream_t stream) const {
    check_cuda(cudaEventRecord(event_.get(), stream), "cudaEventRecord");
  }
  /// What is asked of the stream from here on waits for the mark; the host does not.
  void hold(cudaStream_t stream) const {
    check_cuda(cudaStreamWaitEvent(stream, event_.get(), 0), "cudaStreamWaitEvent");
  }
  void wait() const { check_cuda(cudaEventSynchronize(event_.get()), "cudaEventSynchronize"); }
  /// Before what it guards goes away.
  void wait_quietly() const noexcept {
    if (event_) cudaEventSynchronize(event_.get());
  }

 private:
  struct release {
    void operator()(cudaEvent_t event) const { cudaEventDestroy(event); }
  };
  std::unique_ptr<std::remove_pointer_t<cudaEvent_t>, release> event_;
};

/// The context, for whoever asks it for memory next.
inline std::shared_ptr<cuda_context> entered(std::shared_ptr<cuda_context> context) {
  context->enter();
  return context;
}

template <class T>
class cuda_upload {
 public:
  cuda_upload(std::shared_ptr<cuda_context> context, std::size_t n)
      : context_(entered(std::move(context))), host_(context_, n), there_(context_, n) {
    released_.set(context_->stream());  // the memory is there when it is asked for in the stream's order
  }
  cuda_upload(cuda_upload&&) = default;
  cuda_upload& operator=(cuda_upload&&) = delete;
  ~cuda_upload() { sent_.wait_quietly(); }

  [[nodiscard]] T* host() { return host_.data(); }
  void send(index_t n) {
    context_->expect_not_recording("the host's numbers are read");
    context_->enter();
    size_ = n;
    released_.hold(context_->copies());
    if (n > 0) {
      check_cuda(cudaMemcpyAsync(there_.data(), host_.data(), std::size_t(n) * sizeof(T),
                                 cudaMemcpyHostToDevice, context_->copies()),
                 "cudaMemcpyAsync to the device");
    }
    sent_.set(context_->copies());
  }
  [[nodiscard]] view<const T, 1> arrived() const {
    context_->enter();
    sent_.hold(context_->stream());
    return {there_.data(), shape<1>{size_}};
  }
  void release() {
    context_->enter();
    released_.set(context_->stream());
  }
  void ready() {
    context_->enter();
    sent_.wait();
  }

 private:
  std::shared_ptr<cuda_context> context_;
  cuda_pinned<T> host_;
  cuda_buffer<T> there_;
  cuda_mark sent_;
  cuda_mark released_;
  index_t size_ = 0;
};

/// In the stream that computes: what is fetched has just been made there.
template <class T>
class cuda_download {
 public:
  cuda_download(std::shared_ptr<cuda_context> context, std::size_t n)
      : context_(entered(std::move(context))), host_(context_, n) {}
  cuda_download(cuda_download&&) = default;
  cuda_download& operator=(cuda_download&& other) noexcept {
    fetched_.wait_quietly();
    context_ = std::move(other.context_);
    host_ = std::move(other.host_);
    fetched_ = std::move(other.fetched_);
    return *this;
  }
  ~cuda_download() { fetched_.wait_quietly(); }

  void fetch(view<const T, 1> from) {
    context_->expect_not_recording("the host's numbers are written");
    context_->enter();
    if (from.size() > 0) {
      check_cuda(cudaMemcpyAsync(host_.data(), from.data, from.size() * sizeof(T), cudaMemcpyDeviceToHost,
                                 context_->stream()),
                 "cudaMemcpyAsync to the host");
    }
    fetched_.set(context_->stream());
  }
  [[nodiscard]] const T* wait() {
    context_->expect_not_recording("the host waits");
    context_->enter();
    fetched_.wait();
    return host_.data();
  }

 private:
  std::shared_ptr<cuda_context> context_;
  cuda_pinned<T> host_;
  cuda_mark fetched_;
};

}  // namespace coop::detail

#endif
