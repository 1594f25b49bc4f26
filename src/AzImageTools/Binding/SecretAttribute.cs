using System.Management.Automation;
using System.Security;

namespace AzImageTools.Binding;

/// <summary>A parameter that takes a secret: a SecureString, or text or an address that becomes one before anything can repeat it.</summary>
internal sealed class SecretAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) => CellAttribute.Unwrap(inputData) switch
    {
        null or "" => null!,
        SecureString secret => secret,
        string text => Conceal(text),
        Uri address => Conceal(address.AbsoluteUri),
        _ => throw new ArgumentTransformationMetadataException("It is neither text nor a SecureString: give the blob's address with its signature."),
    };

    private static SecureString Conceal(string text)
    {
        SecureString secret = new();
        foreach (char character in text)
        {
            secret.AppendChar(character);
        }

        secret.MakeReadOnly();
        return secret;
    }
}
