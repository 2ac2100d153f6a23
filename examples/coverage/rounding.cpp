// A test in C++: exit code 0 when all is as it should be. It asks nothing of its deployment.

namespace {

long rounded(long cents) {
  if (cents % 5 < 3) {
    return cents - cents % 5;
  }
  return cents + 5 - cents % 5;
}

}  // namespace

int main() { return rounded(12) == 10 ? 0 : 1; }
