using System.Text;

namespace AzImageTools.Disks.Repair;

/// <summary>A file's text and the encoding that gives the very same bytes of it: UTF-8, or each byte as a character where it is not that.</summary>
internal static class FileText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static (string Text, Encoding Encoding) Decode(byte[] bytes)
    {
        try
        {
            return (Strict.GetString(bytes), Strict);
        }
        catch (DecoderFallbackException)
        {
            Encoding latin = Encoding.GetEncoding(28591);
            return (latin.GetString(bytes), latin);
        }
    }

    public static byte[] Encode(string text) => Strict.GetBytes(text);
}
