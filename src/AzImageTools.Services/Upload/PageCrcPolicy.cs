using Azure.Core;
using Azure.Core.Pipeline;

namespace AzImageTools.Services.Upload;

/// <summary>
/// Puts the checksum in scope on a request as a plain header, so that the service refuses a body that was damaged on the way.
/// The SDK's own validation would wrap the body instead.
/// </summary>
internal sealed class PageCrcPolicy : HttpPipelineSynchronousPolicy
{
    /// <summary>The header (REST reference, Put Page): base64 of the sum's eight bytes, least significant first.</summary>
    public const string Header = "x-ms-content-crc64";

    private const string Property = "AzImageTools.PageCrc64";

    /// <summary>What to put in scope for a body with that sum.</summary>
    public static KeyValuePair<string, object?> PropertyFor(ulong crc)
    {
        byte[] bytes = new byte[sizeof(ulong)];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes, crc);
        return new KeyValuePair<string, object?>(Property, Convert.ToBase64String(bytes));
    }

    public override void OnSendingRequest(HttpMessage message)
    {
        if (message.TryGetProperty(Property, out object? value) && value is string crc)
        {
            message.Request.Headers.SetValue(Header, crc);
        }
    }
}
