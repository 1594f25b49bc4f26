using System.Management.Automation;

namespace AzImageTools.Binding;

/// <summary>A parameter that takes what a registry value is to hold: a text, texts, a number or bytes. Which of them, its type says.</summary>
internal sealed class RegistryInputAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) => inputData is null ? null! : PSObject.AsPSObject(inputData);
}
