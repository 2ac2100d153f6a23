// googletest against a cluster: it finds the deployment in its environment, and its cases are those of the target.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "http.h"

TEST(Collections, AreCreatedOnce) {
  EXPECT_EQ(Request("POST", "/_api/collection", R"({"name": "once"})").status, 200);
  EXPECT_EQ(Request("POST", "/_api/collection", R"({"name": "once"})").status, 409);
}

TEST(Collections, KeepTheirDocumentsWhileADbserverIsDown) {
  ASSERT_EQ(Request("POST", "/_api/collection?waitForSyncReplication=true",
                    R"({"name": "people", "replicationFactor": 2, "numberOfShards": 1})")
                .status,
            200);
  ASSERT_EQ(Request("POST", "/_api/document/people", R"({"_key": "ada"})").status / 100, 2);

  ASSERT_EQ(std::system("armadilloctl stop dbserver-2"), 0);
  Answer answer{};
  for (int left = 60; left > 0 && answer.status != 200; --left) {  // until another one leads the shard
    answer = Request("GET", "/_api/document/people/ada");
    if (answer.status != 200) sleep(1);
  }
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(std::system("armadilloctl start dbserver-2 && armadilloctl wait"), 0);
}
