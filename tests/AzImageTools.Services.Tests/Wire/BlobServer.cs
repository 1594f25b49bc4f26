using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Wire;

/// <summary>What a blob service answers to an upload that it takes, but for what a test says itself.</summary>
internal static class BlobServer
{
    private const string Headers = "ETag: \"0x1\"\r\nLast-Modified: Sun, 29 Nov 2026 03:00:00 GMT\r\nx-ms-blob-type: PageBlob\r\nx-ms-lease-id: 11111111-1111-1111-1111-111111111111\r\n";

    /// <summary>Starts one.</summary>
    /// <param name="own">Answers some requests itself, and says which.</param>
    public static LocalServer Start(Func<LocalRequest, Stream, CancellationToken, Task<bool>> own)
        => new(async (request, stream, stop) =>
        {
            if (await own(request, stream, stop))
            {
                return;
            }

            string status = request.Method switch
            {
                "HEAD" => "404 Not Found",
                "PUT" => "201 Created",
                "DELETE" => "202 Accepted",
                _ => "404 Not Found",
            };
            await LocalServer.AnswerAsync(stream, status, Headers + (request.Method == "HEAD" ? "x-ms-error-code: BlobNotFound\r\n" : string.Empty), string.Empty, stop);
        });

    /// <summary>One whose list of pages is this text.</summary>
    public static LocalServer WithPageList(string xml)
        => Start(async (request, stream, stop) =>
        {
            if (!IsPageList(request))
            {
                return false;
            }

            await LocalServer.AnswerAsync(stream, "200 OK", "Content-Type: application/xml\r\n", xml, stop);
            return true;
        });

    /// <summary>Whether a request asks which pages there are.</summary>
    public static bool IsPageList(LocalRequest request) => request.Method == "GET" && request.Path.Contains("comp=pagelist", StringComparison.Ordinal);
}
