using System.Xml;
using System.Xml.Linq;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>Reads the XML of a request.</summary>
internal static class XmlBody
{
    /// <summary>The root, which must be of that name.</summary>
    public static XElement Read(CloudRequest request, string root)
    {
        if (request.Body.Length > RequestBody.SmallLimit || request.Body.IsTooLarge)
        {
            throw Invalid();
        }

        try
        {
            using var stream = new MemoryStream(request.Body.Buffer, 0, request.Body.Length, writable: false);
            using var reader = XmlReader.Create(stream, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            var element = XElement.Load(reader);
            return element.Name.LocalName == root ? element : throw Invalid();
        }
        catch (XmlException)
        {
            throw Invalid();
        }
    }

    private static StorageException Invalid() => StorageException.BadRequest("InvalidXmlDocument", "XML specified is not syntactically valid.");
}
