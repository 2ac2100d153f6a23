// Just enough HTTP for an example: one request on one connection. A project of your own has a driver for it.
#pragma once

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

struct Answer {
  int status;
  std::string body;
};

inline std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The login is root without a password, as the deployment makes it: "root:" in base64.
inline Answer Request(const std::string& method, const std::string& path, const std::string& body = "") {
  const std::string endpoint = Variable("ARANGO_ENDPOINT");  // "http://10.99.0.1:8529"
  const auto host_begin = endpoint.find("://") + 3, colon = endpoint.rfind(':');
  const std::string host = endpoint.substr(host_begin, colon - host_begin), port = endpoint.substr(colon + 1);
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) throw std::runtime_error("no such host " + host);
  const int fd = socket(found->ai_family, SOCK_STREAM, 0);
  const int refused = connect(fd, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  if (refused != 0) {
    close(fd);
    throw std::runtime_error(endpoint + " does not answer");
  }
  const std::string request = method + " " + path + " HTTP/1.1\r\nHost: " + host +
                              "\r\nAuthorization: Basic cm9vdDo=\r\nConnection: close\r\nContent-Length: " +
                              std::to_string(body.size()) + "\r\n\r\n" + body;
  for (size_t sent = 0; sent < request.size();) {
    const ssize_t done = write(fd, request.data() + sent, request.size() - sent);
    if (done <= 0) break;
    sent += static_cast<size_t>(done);
  }
  std::string answer;
  char buffer[4096];
  for (ssize_t got; (got = read(fd, buffer, sizeof buffer)) > 0;) answer.append(buffer, static_cast<size_t>(got));
  close(fd);
  const auto end = answer.find("\r\n\r\n");
  if (answer.size() < 12 || end == std::string::npos) throw std::runtime_error("no HTTP: " + answer);
  return {std::stoi(answer.substr(9, 3)), answer.substr(end + 4)};
}
