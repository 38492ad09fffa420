import Testing

@testable import HTTPCore

@Suite struct FormFieldsTests {
  private func read(_ body: String, _ type: String) -> [String]? {
    FormFields.read(Array(body.utf8), contentType: type)?.map { "\($0.name)=\($0.value)" }
  }

  @Test func `a form as a query has it`() {
    #expect(read("a=1&b=x+y%21&a=&c", "application/x-www-form-urlencoded; charset=utf-8") == ["a=1", "b=x y!", "a=", "c="])
    #expect(read("a=%FF", "APPLICATION/X-WWW-FORM-URLENCODED")?.count == 1)
  }

  @Test func `another type is not a form`() {
    for type in ["application/json", "", "multipart/form-data", "multipart/mixed; boundary=b"] { #expect(read("a=1", type) == nil) }
  }

  @Test(arguments: ["multipart/form-data; boundary=b", "multipart/form-data; charset=utf-8 ; Boundary=\"b\""])
  func `the parts that are not files`(_ type: String) {
    let body = """
      preamble\r
      --b\r
      Content-Disposition: form-data; name="user"\r
      \r
      ada\r
      --b\r
      content-type: text/plain\r
      Content-Disposition: form-data; name="two; words"\r
      \r
      line 1\r
      line 2\r
      --b\r
      Content-Disposition: form-data; name="file"; filename="a.txt"\r
      \r
      no\r
      --b--\r
      epilogue
      """
    #expect(read(body, type) == ["user=ada", "two; words=line 1\r\nline 2"])
  }

  @Test(
    arguments: [
      "", "--b", "--b\r\n", "--b\r\n\r\nx\r\n--b--", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nno end",
      "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", "--b\r\nContent-Disposition: form-data; name=a\r\n--b--",
      "--b\r\nno colon\r\n\r\n\r\n--b",
    ])
  func `a broken body has no fields`(_ body: String) { #expect(read(body, "multipart/form-data; boundary=b") == []) }

  @Test func `parts are bounded`() {
    let part = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n"
    let body = String(repeating: part, count: FormFields.maxPartCount + 5) + "--b--"
    #expect(read(body, "multipart/form-data; boundary=b")?.count == FormFields.maxPartCount)
  }
}
