// Stands in for an instrumented arangod: starts the stand-in server as its child, passes signals on, and makes the
// mistake that it was compiled for (-DMISTAKE=name) when it gets SIGUSR1, or, at_end, when the child has ended.
//
// VERSION_TEXT is what it prints for --version: the words of the stand-in, and how this program was compiled.

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace mistakes {

volatile int zero = 0;
volatile int sink = 0;
int shared = 0;

__attribute__((noinline)) void use_after_free() {
  int* document = new int[4]();
  delete[] document;
  sink = document[zero];
}

__attribute__((noinline)) void forget_memory() {
  int* volatile document = new int[16];
  document[0] = 1;
  document = nullptr;
}

__attribute__((noinline)) void overflow_a_number() {
  int number = 2147483647 - zero;
  sink = number + 1;
}

__attribute__((noinline)) void write_without_lock() { shared = shared + 1; }

void race() {
  std::thread other(write_without_lock);
  // Not at the same instant, or the sanitizer may miss it; and a pause orders nothing.
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  write_without_lock();
  other.join();
}

void abort_in_stop() { std::abort(); }

}  // namespace mistakes

namespace {

std::string standin(const char* own_path) {
  std::string path(own_path);
  return path.substr(0, path.rfind('/')) + "/../tools/arangod_standin/arangod";
}

// Waits for the child; does what the signals of the runner and of the test ask for meanwhile.
int serve(pid_t child, const sigset_t& signals) {
  for (;;) {
    int number = 0;
    sigwait(&signals, &number);
    if (number == SIGUSR1 && !AT_END) {
      mistakes::MISTAKE();
    } else if (number == SIGTERM) {
      kill(child, SIGTERM);
    } else if (number == SIGCHLD) {
      int status = 0;
      if (waitpid(child, &status, WNOHANG) == child) {
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "--version") == 0) {
    std::fputs(VERSION_TEXT, stdout);
    return 0;
  }
  sigset_t signals;
  sigset_t before;
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGUSR1);
  sigprocmask(SIG_BLOCK, &signals, &before);
  std::string program = standin(argv[0]);
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, &before, nullptr);
    execv(program.c_str(), argv);
    std::perror(program.c_str());
    _exit(127);
  }
  int code = serve(child, signals);
  if (AT_END) {
    mistakes::MISTAKE();
  }
  return code;
}
