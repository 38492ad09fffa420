// Believable data about no real person: short lists of our own, domains, addresses and telephone numbers that are kept
// free for examples (RFC 2606, RFC 5737, the 555-01 numbers of the North American plan).

import JSONText

/// What `fake.…` makes.
package enum FakeData: String, CaseIterable, Sendable {
  case name
  case firstName = "first_name"
  case lastName = "last_name"
  case email
  case userName = "user_name"
  case phone, company, street, city, postcode, country, url, ipv4, word, sentence, paragraph, price

  func draw(_ numbers: inout RandomNumbers) -> JSONValue {
    switch self {
    case .name: .string("\(numbers.element(of: Self.firstNames)) \(numbers.element(of: Self.lastNames))")
    case .firstName: .string(numbers.element(of: Self.firstNames))
    case .lastName: .string(numbers.element(of: Self.lastNames))
    case .email: .string("\(Self.userName(&numbers))@\(Self.domain(&numbers))")
    case .userName: .string(Self.userName(&numbers))
    case .phone: .string("+1-\(numbers.element(of: Self.areaCodes))-555-01\(Self.digits(2, &numbers))")
    case .company: .string("\(numbers.element(of: Self.lastNames)) \(numbers.element(of: Self.companyForms))")
    case .street: .string("\(numbers.integer(in: 1...199)) \(numbers.element(of: Self.streets))")
    case .city: .string(numbers.element(of: Self.cities))
    case .postcode: .string(Self.digits(5, &numbers))
    case .country: .string(numbers.element(of: Self.countries))
    case .url: .string("https://\(Self.domain(&numbers))/\(numbers.element(of: Self.words))/\(numbers.integer(in: 1...999))")
    case .ipv4: .string("\(numbers.element(of: Self.networks)).\(numbers.integer(in: 1...254))")
    case .word: .string(numbers.element(of: Self.words))
    case .sentence: .string(Self.sentence(&numbers))
    case .paragraph: .string((0..<numbers.integer(in: 3...5)).map { _ in Self.sentence(&numbers) }.joined(separator: " "))
    case .price: .number(RandomCall.number(numbers.integer(in: 99...49_999), digits: 2))
    }
  }

  /// ASCII in lower case, as an address has it.
  private static func userName(_ numbers: inout RandomNumbers) -> String {
    let first = numbers.element(of: firstNames).lowercased()
    return "\(first).\(numbers.element(of: lastNames).lowercased())\(numbers.integer(in: 1...99))"
  }

  private static func domain(_ numbers: inout RandomNumbers) -> String { "example." + numbers.element(of: ["com", "org", "net"]) }

  private static func digits(_ count: Int, _ numbers: inout RandomNumbers) -> String {
    (0..<count).map { _ in String(numbers.below(10)) }.joined()
  }

  private static func sentence(_ numbers: inout RandomNumbers) -> String {
    let text = (0..<numbers.integer(in: 5...11)).map { _ in numbers.element(of: words) }.joined(separator: " ")
    return text.prefix(1).uppercased() + text.dropFirst() + "."
  }

  private static let firstNames = [
    "Ada", "Alan", "Amara", "Ben", "Carla", "Chen", "Clara", "Daniel", "Diego", "Edith", "Elena", "Emil", "Farah", "Felix", "Grace",
    "Hana", "Hugo", "Ines", "Ivan", "Jana", "Jonas", "Karim", "Kira", "Lars", "Leila", "Linus", "Mara", "Mina", "Nadia", "Nils", "Omar",
    "Paula", "Priya", "Rosa", "Samir", "Tara", "Theo", "Uma", "Vera", "Yuki",
  ]
  private static let lastNames = [
    "Abbott", "Adler", "Almeida", "Baker", "Banerjee", "Berg", "Castro", "Cooper", "Dahl", "Diaz", "Ekman", "Farrow", "Fischer", "Garcia",
    "Haddad", "Hansen", "Hopper", "Ito", "Jensen", "Kaplan", "Keller", "Larsen", "Lopez", "Marsh", "Meyer", "Moreau", "Nakamura", "Novak",
    "Okafor", "Olsen", "Park", "Quinn", "Rossi", "Sato", "Silva", "Stone", "Tanaka", "Turner", "Weber", "Zimmer",
  ]
  private static let companyForms = ["Ltd", "Inc", "GmbH", "& Sons", "Group", "Labs", "Works", "Partners", "Foods", "Logistics"]
  private static let streets = [
    "Mill Lane", "Station Road", "Harbour Street", "Garden Way", "Church Street", "Oak Avenue", "Bridge Street", "Market Square",
    "Park Road", "River Walk", "Hill Street", "Orchard Close", "Meadow Drive", "Canal Street", "Kings Road", "Linden Street",
  ]
  private static let cities = [
    "Aarhus", "Bergen", "Bilbao", "Bologna", "Bremen", "Bristol", "Cork", "Gdansk", "Ghent", "Graz", "Kyoto", "Leeds", "Lyon", "Malmo",
    "Nantes", "Oulu", "Porto", "Quito", "Recife", "Riga", "Seville", "Tartu", "Turin", "Utrecht", "Valencia", "Vilnius", "Winnipeg",
  ]
  private static let countries = [
    "Argentina", "Austria", "Belgium", "Brazil", "Canada", "Chile", "Denmark", "Estonia", "Finland", "France", "Germany", "Ghana", "India",
    "Ireland", "Italy", "Japan", "Kenya", "Latvia", "Mexico", "Norway", "Peru", "Poland", "Portugal", "Spain", "Sweden", "Vietnam",
  ]
  private static let areaCodes = ["202", "206", "212", "303", "312", "404", "415", "503", "617", "702", "713", "808"]
  private static let networks = ["192.0.2", "198.51.100", "203.0.113"]
  private static let words = [
    "amber", "anchor", "apple", "arrow", "autumn", "basket", "beacon", "bird", "bottle", "branch", "bridge", "button", "candle", "canvas",
    "cedar", "circle", "cloud", "copper", "corner", "cotton", "desert", "door", "engine", "feather", "field", "forest", "fountain",
    "garden", "glass", "harbour", "hill", "island", "ladder", "lantern", "letter", "marble", "meadow", "mirror", "morning", "mountain",
    "needle", "ocean", "orange", "paper", "pebble", "pencil", "pillow", "planet", "river", "rocket", "saddle", "shadow", "silver",
    "spring", "station", "stone", "summer", "thread", "timber", "tunnel", "valley", "velvet", "violet", "window", "winter", "wool",
  ]
}
