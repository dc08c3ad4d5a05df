// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/asn_database.h"

#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace sluice::lists {
namespace {

class AsnDatabase final : public detection::SystemDirectory {
 public:
  explicit AsnDatabase(const MMDB_s& database) : database_(database) {}
  ~AsnDatabase() override { MMDB_close(&database_); }

  [[nodiscard]] std::uint32_t number_of(const Address& address) const override {
    auto entry = look_up(address);
    return entry ? number_in(*entry) : 0;
  }

  [[nodiscard]] detection::AutonomousSystem find(const Address& address) const override {
    auto entry = look_up(address);
    if (!entry) return {};
    detection::AutonomousSystem system{number_in(*entry), {}};
    MMDB_entry_data_s data{};
    const int status = MMDB_get_value(&*entry, &data, "autonomous_system_organization", nullptr);
    if (status == MMDB_SUCCESS && data.has_data && data.type == MMDB_DATA_TYPE_UTF8_STRING)
      system.organisation.assign(data.utf8_string, data.data_size);
    return system;
  }

 private:
  [[nodiscard]] std::optional<MMDB_entry_s> look_up(const Address& address) const {
    sockaddr_storage storage{};
    const auto bytes = address.bytes();
    if (address.family() == Family::ipv4) {
      sockaddr_in in{};
      in.sin_family = AF_INET;
      std::memcpy(&in.sin_addr, bytes.data(), bytes.size());
      std::memcpy(&storage, &in, sizeof in);
    } else {
      // A database of IPv4 alone knows none of these, and says so by an error.
      sockaddr_in6 in{};
      in.sin6_family = AF_INET6;
      std::memcpy(&in.sin6_addr, bytes.data(), bytes.size());
      std::memcpy(&storage, &in, sizeof in);
    }
    int error = MMDB_SUCCESS;
    const MMDB_lookup_result_s result =
        MMDB_lookup_sockaddr(&database_, reinterpret_cast<const sockaddr*>(&storage), &error);
    if (error != MMDB_SUCCESS || !result.found_entry) return std::nullopt;
    return result.entry;
  }

  [[nodiscard]] static std::uint32_t number_in(MMDB_entry_s& entry) {
    MMDB_entry_data_s data{};
    const int status = MMDB_get_value(&entry, &data, "autonomous_system_number", nullptr);
    return status == MMDB_SUCCESS && data.has_data && data.type == MMDB_DATA_TYPE_UINT32 ? data.uint32 : 0;
  }

  MMDB_s database_;
};

}  // namespace

Result<std::shared_ptr<const detection::SystemDirectory>> open_asn_database(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return Error::system(path, errno);
  if (!S_ISREG(status.st_mode)) return Error(fmt::format("{}: not a regular file", path));
  MMDB_s database{};
  if (const int error = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &database); error != MMDB_SUCCESS)
    return Error(fmt::format("{}: not a database in MaxMind's format: {}", path, MMDB_strerror(error)));
  auto directory = std::make_shared<const AsnDatabase>(database);
  const std::string_view type = database.metadata.database_type;
  if (type.find("ASN") == std::string_view::npos && type.find("ISP") == std::string_view::npos) {
    return Error(
        fmt::format("{}: a database of type {}; one of autonomous systems (…ASN…) is needed", path, type));
  }
  return std::shared_ptr<const detection::SystemDirectory>(std::move(directory));
}

}  // namespace sluice::lists
