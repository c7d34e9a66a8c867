<?xml version="1.0" encoding="UTF-8"?>
<!-- The mapping of mappings/order_to_erp in XSLT 1.0, for documents whose texts fit and whose delivery day is given. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:c="urn:wayleave:canonical:1" xmlns="urn:northway:erp:order:1" exclude-result-prefixes="c">
  <xsl:output method="xml" encoding="UTF-8" omit-xml-declaration="yes" indent="no"/>
  <xsl:param name="account"/>
  <xsl:template match="/c:Order">
    <ErpOrder>
      <Header>
        <OrderNumber><xsl:value-of select="c:Number"/></OrderNumber>
        <Kind>
          <xsl:choose>
            <xsl:when test="c:Type = 'rush'">ZRU</xsl:when>
            <xsl:when test="c:Type = 'release'">ZRE</xsl:when>
            <xsl:when test="c:Type = 'sample'">ZSA</xsl:when>
            <xsl:when test="c:Type = 'return'">ZRT</xsl:when>
            <xsl:otherwise>ZOR</xsl:otherwise>
          </xsl:choose>
        </Kind>
        <OrderDate><xsl:value-of select="c:Date"/></OrderDate>
        <Currency><xsl:value-of select="c:Currency"/></Currency>
        <Account><xsl:value-of select="$account"/></Account>
        <Delivery><xsl:value-of select="c:RequestedDelivery"/></Delivery>
        <xsl:if test="c:Reference[@kind='department']"><Department><xsl:value-of select="substring(c:Reference[@kind='department'],1,20)"/></Department></xsl:if>
      </Header>
      <xsl:apply-templates select="c:Party[@role='buyer']"><xsl:with-param name="function">AG</xsl:with-param></xsl:apply-templates>
      <xsl:apply-templates select="c:Party[@role='ship-to']"><xsl:with-param name="function">WE</xsl:with-param></xsl:apply-templates>
      <xsl:apply-templates select="c:Party[@role='bill-to']"><xsl:with-param name="function">RE</xsl:with-param></xsl:apply-templates>
      <xsl:for-each select="c:Line">
        <Position no="{format-number(position()*10,'000000')}">
          <CustomerLine><xsl:value-of select="c:Number"/></CustomerLine>
          <Material>
            <xsl:choose>
              <xsl:when test="c:Item/c:Id[@scheme='seller']"><xsl:value-of select="c:Item/c:Id[@scheme='seller']"/></xsl:when>
              <xsl:otherwise><xsl:value-of select="c:Item/c:Id[@scheme='buyer']"/></xsl:otherwise>
            </xsl:choose>
          </Material>
          <Quantity>
            <xsl:attribute name="unit">
              <xsl:choose>
                <xsl:when test="c:Quantity/@unit='EA' or c:Quantity/@unit='C62'">ST</xsl:when>
                <xsl:when test="c:Quantity/@unit='XCT' or c:Quantity/@unit='XCS'">KAR</xsl:when>
                <xsl:when test="c:Quantity/@unit='XPX'">PAL</xsl:when>
                <xsl:when test="c:Quantity/@unit='KGM'">KG</xsl:when>
                <xsl:when test="c:Quantity/@unit='MTR'">M</xsl:when>
                <xsl:when test="c:Quantity/@unit='LTR'">L</xsl:when>
                <xsl:otherwise><xsl:message terminate="yes">unknown unit</xsl:message></xsl:otherwise>
              </xsl:choose>
            </xsl:attribute>
            <xsl:value-of select="format-number(c:Quantity,'0.###')"/>
          </Quantity>
          <xsl:if test="c:Price">
            <Price>
              <xsl:if test="c:Price/@per"><xsl:attribute name="per"><xsl:value-of select="c:Price/@per"/></xsl:attribute></xsl:if>
              <xsl:value-of select="format-number(c:Price,'0.###')"/>
            </Price>
            <Value>
              <xsl:choose>
                <xsl:when test="c:Price/@per"><xsl:value-of select="format-number(round(c:Quantity * c:Price div c:Price/@per * 100) div 100,'0.00')"/></xsl:when>
                <xsl:otherwise><xsl:value-of select="format-number(round(c:Quantity * c:Price * 100) div 100,'0.00')"/></xsl:otherwise>
              </xsl:choose>
            </Value>
          </xsl:if>
          <xsl:if test="c:RequestedDelivery"><Delivery><xsl:value-of select="c:RequestedDelivery"/></Delivery></xsl:if>
          <xsl:choose>
            <xsl:when test="c:Item/c:Description"><Text><xsl:value-of select="c:Item/c:Description"/></Text></xsl:when>
            <xsl:when test="c:Item/c:Name"><Text><xsl:value-of select="c:Item/c:Name"/></Text></xsl:when>
          </xsl:choose>
        </Position>
      </xsl:for-each>
      <xsl:for-each select="c:Text"><Note><xsl:value-of select="."/></Note></xsl:for-each>
    </ErpOrder>
  </xsl:template>
  <xsl:template match="c:Party">
    <xsl:param name="function"/>
    <Partner function="{$function}">
      <xsl:for-each select="c:Id[position() &lt;= 5]"><Id type="{@scheme}"><xsl:value-of select="."/></Id></xsl:for-each>
      <xsl:if test="c:Name"><Name><xsl:value-of select="substring(c:Name,1,70)"/></Name></xsl:if>
      <xsl:for-each select="c:Address/c:Street[position() &lt;= 3]"><Street><xsl:value-of select="substring(.,1,70)"/></Street></xsl:for-each>
      <xsl:if test="c:Address/c:City"><City><xsl:value-of select="substring(c:Address/c:City,1,70)"/></City></xsl:if>
      <xsl:if test="c:Address/c:PostalCode"><PostalCode><xsl:value-of select="c:Address/c:PostalCode"/></PostalCode></xsl:if>
      <xsl:if test="c:Address/c:Country"><Country><xsl:value-of select="c:Address/c:Country"/></Country></xsl:if>
    </Partner>
  </xsl:template>
</xsl:stylesheet>
