// Stands before a server that is its child: passes SIGTERM on, and ends as the child does.

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

// The child lies in the runfiles, with this program or, in a build action, beside it.
std::string child_path(const std::string& own_path) {
  const std::string below = "/tools/arangod_standin/arangod";
  std::string path = own_path.substr(0, own_path.rfind('/')) + "/../.." + below;
  if (access(path.c_str(), X_OK) != 0) {
    for (const auto& workspace : std::filesystem::directory_iterator(own_path + ".runfiles")) {
      path = workspace.path().string() + below;
    }
  }
  return path;
}

void pass_on(pid_t child, int number) { kill(child, number); }

int code_of(int status) {
  if (WIFEXITED(status)) {
    return WEXITSTATUS(status);
  }
  std::fprintf(stderr, "the child died by signal %d\n", WTERMSIG(status));
  return 128 + WTERMSIG(status);
}

}  // namespace

int main(int, char** argv) {
  sigset_t signals;
  sigset_t before;
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, &before);
  std::string program = child_path(argv[0]);
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, &before, nullptr);
    execv(program.c_str(), argv);
    std::perror(program.c_str());
    _exit(127);
  }
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    int number = 0;
    sigwait(&signals, &number);
    if (number == SIGTERM) {
      pass_on(child, number);
    }
  }
  return code_of(status);
}
