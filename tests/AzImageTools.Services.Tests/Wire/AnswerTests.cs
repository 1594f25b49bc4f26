using System.Net;
using System.Text;
using AzImageTools.Disks;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Session;
using AzImageTools.Services.Tests.Upload;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Wire;

/// <summary>Servers that answer with what no service should: each ends in one typed error, soon, and little is read of it.</summary>
public sealed class AnswerTests : IDisposable
{
    private const string Declaration = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";

    /// <summary>What may lie between in buffers of sockets and streams, in bytes.</summary>
    private const long InBuffers = 16 << 20;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("<html><body>Access denied by proxy</body></html>")]
    [InlineData("not xml at all")]
    [InlineData("<?xml version=\"1.0\"?>")]
    [InlineData("{\"error\":")]
    public async Task An_error_body_that_is_none_of_the_services_is_told_by_its_status(string body)
    {
        foreach (string type in new[] { "application/xml", "text/html", "application/json", string.Empty })
        {
            foreach (string method in new[] { "HEAD", "PUT", "GET" })
            {
                await using LocalServer server = BlobServer.Start(async (request, stream, stop) =>
                {
                    if (request.Method == method)
                    {
                        await LocalServer.AnswerAsync(stream, "400 Bad Request", type.Length > 0 ? $"Content-Type: {type}\r\n" : string.Empty, method == "HEAD" ? string.Empty : body, stop);
                    }

                    return request.Method == method;
                });

                ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => SendAsync(server));

                Assert.Equal(("BadRequest", ErrorKind.InvalidArgument), (error.ErrorId, error.Kind));
                Assert.DoesNotContain("Root element", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("application/xml", Declaration + "<Error><Code>X</Code><Message>")]
    [InlineData("text/html", "<html>")]
    [InlineData("application/json", "{\"error\":{\"code\":\"X\",\"message\":\"")]
    public async Task An_error_body_without_an_end_is_not_read_to_it(string type, string beginning)
    {
        LocalServer? server = null;
        server = BlobServer.Start(async (request, stream, stop) =>
        {
            if (request.Method == "PUT")
            {
                await server!.WriteEndlesslyAsync(stream, $"400 Bad Request\r\nx-ms-error-code: Evil\r\nContent-Type: {type}\r\n", beginning, new string('A', 1 << 20), stop);
            }

            return false;
        });
        await using LocalServer serving = server;

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => SendAsync(server));

        Assert.Equal("Evil", error.ErrorId);
        Assert.InRange(server.Sent, 1, InBuffers);
        Assert.True(error.Message.Length < 2000);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html/>")]
    [InlineData("<PageList><PageRange><Start>zz</Start>")]
    [InlineData(Declaration + "<PageList><PageRange><Start>zz</Start><End>511</End></PageRange></PageList>")]
    [InlineData(Declaration + "<PageList><PageRange><Start>9223372036854775000</Start><End>5</End></PageRange></PageList>")]
    [InlineData(Declaration + "<PageList><PageRange><Start>0</Start><End>99999999999999999999999</End></PageRange></PageList>")]
    [InlineData(Declaration + "<PageList><PageRange><Start>-512</Start><End>511</End></PageRange></PageList>")]
    [InlineData(Declaration + "<PageList><PageRange><Start>0</Start><End>1048575</End></PageRange><PageRange><Start>512</Start><End>1023</End></PageRange></PageList>")]
    [InlineData(Declaration + "<PageList><PageRange><Start>1024</Start><End>1535</End></PageRange><PageRange><Start>0</Start><End>511</End></PageRange></PageList>")]
    [InlineData(Declaration + "<PageList><PageRange><Start>0</Start><End>1099511627775</End></PageRange></PageList>")]
    [InlineData(Declaration + "<PageList><PageRange><Start>1</Start><End>511</End></PageRange></PageList>")]
    [InlineData(Declaration + "<PageList><PageRange><Start>0</Start></PageRange></PageList>")]
    [InlineData(Declaration + "<PageList><NextMarker>AAAA</NextMarker></PageList>")]
    [InlineData("<!DOCTYPE l [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]><PageList><PageRange><Start>&b;</Start><End>511</End></PageRange></PageList>")]
    public async Task A_list_of_pages_that_can_not_be_is_refused_as_no_answer_of_the_service(string xml)
    {
        await using LocalServer server = BlobServer.WithPageList(xml);

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => SendAsync(server));

        Assert.Equal(("InvalidAnswer", ErrorKind.InvalidData), (error.ErrorId, error.Kind));
        Assert.NotEmpty(error.Remedy);
    }

    [Fact]
    public async Task Pages_of_a_list_that_lead_to_ever_new_ones_without_ranges_come_to_an_end()
    {
        int asked = 0;
        await using LocalServer server = BlobServer.Start(async (request, stream, stop) =>
        {
            if (!BlobServer.IsPageList(request))
            {
                return false;
            }

            string marker = $"m{Interlocked.Increment(ref asked)}";
            await LocalServer.AnswerAsync(stream, "200 OK", "Content-Type: application/xml\r\n", $"{Declaration}<PageList><NextMarker>{marker}</NextMarker></PageList>", stop);
            return true;
        });

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => SendAsync(server));

        Assert.Equal("InvalidAnswer", error.ErrorId);
        Assert.InRange(asked, 2, 500);
    }

    [Fact]
    public async Task A_list_of_pages_without_an_end_is_not_read_to_it()
    {
        LocalServer? server = null;
        server = BlobServer.Start(async (request, stream, stop) =>
        {
            if (BlobServer.IsPageList(request))
            {
                await server!.WriteEndlesslyAsync(stream, "200 OK\r\nContent-Type: application/xml\r\n", Declaration + "<PageList>", new string(' ', 1 << 20), stop);
            }

            return false;
        });
        await using LocalServer serving = server;

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => SendAsync(server));

        Assert.Equal("InvalidAnswer", error.ErrorId);
        Assert.InRange(server.Sent, 1, AnswerLimitPolicy.LongestAnswer + InBuffers);
    }

    [Fact]
    public async Task Pages_read_back_without_an_end_are_not_read_to_it()
    {
        // All the disk's ranges, so that what is compared next is their bytes.
        string source = RawDisk.Create(_folder);
        StringBuilder list = new(Declaration + "<PageList>");
        for (long chunk = 0; chunk < RawDisk.Capacity >> 22; chunk++)
        {
            if (chunk % 3 != 2)
            {
                list.Append(System.Globalization.CultureInfo.InvariantCulture, $"<PageRange><Start>{chunk << 22}</Start><End>{(chunk << 22) + (300 << 10) - 1}</End></PageRange>");
                list.Append(System.Globalization.CultureInfo.InvariantCulture, $"<PageRange><Start>{(chunk << 22) + (2 << 20)}</Start><End>{(chunk << 22) + (2 << 20) + (20 << 10) - 1}</End></PageRange>");
            }
        }

        LocalServer? server = null;
        server = BlobServer.Start(async (request, stream, stop) =>
        {
            if (BlobServer.IsPageList(request))
            {
                await LocalServer.AnswerAsync(stream, "200 OK", "Content-Type: application/xml\r\n", list + "</PageList>", stop);
            }
            else if (request.Method == "GET")
            {
                await server!.WriteEndlesslyAsync(
                    stream, "206 Partial Content\r\nETag: \"0x1\"\r\nx-ms-blob-type: PageBlob\r\nContent-Range: bytes 0-511/41943552\r\n", "x", new string('A', 1 << 20), stop);
            }

            return request.Method == "GET";
        });
        await using LocalServer serving = server;

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => SendAsync(server, source, verify: true));

        Assert.Contains(error.ErrorId, new[] { "InvalidAnswer", "VerificationFailed" });
        Assert.InRange(server.Sent, 1, 8 * InBuffers);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Pages_of_a_listing_of_Resource_Manager_that_lead_to_one_another_come_to_an_end(bool isCircle)
    {
        const string Subscription = "11111111-1111-1111-1111-111111111111";
        using ScriptedHandler azure = new((request, count) => new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StringContent(
                request.RequestUri!.AbsolutePath == $"/subscriptions/{Subscription}"
                    ? $$"""{"id":"/subscriptions/{{Subscription}}","subscriptionId":"{{Subscription}}","displayName":"Test","state":"Enabled"}"""
                    : $$"""{"value":[],"nextLink":"https://management.azure.com/subscriptions/{{Subscription}}/next?page={{(isCircle ? count % 2 : count)}}"}""",
                Encoding.UTF8,
                "application/json"),
        });
        using ImageSession session = await ImageSession.ConnectAsync(
            new ConnectRequest { Kind = CredentialKind.Sandbox, Handler = azure, SubscriptionId = Subscription }, OperationContext.None);

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(
            () => new PendingUploadService(session).ListAsync(resourceGroup: null, _folder.FullName, OperationContext.None));

        Assert.Equal(("InvalidAnswer", ErrorKind.InvalidData), (error.ErrorId, error.Kind));
        Assert.InRange(azure.Requests.Count, 2, isCircle ? 10 : 3000);
    }

    private Task<VhdUpload> SendAsync(LocalServer server, string? source = null, bool verify = false)
        => Uploads.RunAsync(
            session: null,
            new UploadRequest { Path = source ?? RawDisk.Create(_folder), Target = new SasTarget($"{server.Address}acct/c/d.vhd?sv=1&sig=abc"), Verify = verify },
            new() { Time = new ScaledTime(50), Cancellation = TestContext.Current.CancellationToken },
            throttleLimit: 2);
}
